/**
 * Grows the tree of fields of a message while its octets are read from the first to the last. A field is in the tree
 * before it has been read to its end, so that what can be read of a broken message is there.
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import type { Name } from './name.ts';
import type { BrokenRule, FieldRole, WireField } from './wire-field.ts';

type Growing = { -readonly [Key in keyof WireField]: WireField[Key] } & { children: WireField[] };

/** Thrown where the message goes on but its octets were not kept. */
class KeptNoFurther extends Error {}

export class FieldTree {
  readonly octets: Uint8Array;
  readonly fields: WireField[] = [];
  readonly brokenRules: BrokenRule[] = [];
  /** Names that were read, by the offset of their first label: pointers lead to them. */
  readonly names = new Map<number, Name>();
  #siblings = this.fields;
  #at = 0;
  #end: number;

  /** `octets` are the message, or the beginning of one that has `total` octets. */
  constructor(octets: Uint8Array, total: number) {
    this.octets = octets;
    this.#end = total;
  }

  get at(): number {
    return this.#at;
  }

  /** Octets before the end of the message, or of the part inside of `within`. */
  get remaining(): number {
    return this.#end - this.#at;
  }

  /** The octets of what remains. */
  ahead(): Uint8Array {
    this.#need(this.remaining);
    return this.octets.subarray(this.#at, this.#end);
  }

  /** The next octets as a number, which stay unread. */
  peek(length: 1 | 2 | 4 | 6): number {
    this.#need(length);
    let value = 0;
    for (const octet of this.octets.subarray(this.#at, this.#at + length)) value = value * 256 + octet;
    return value;
  }

  /** A field that is not divided: the next `length` octets. */
  leaf(role: FieldRole, name: string, length: number, value: string, more: Partial<WireField> = {}): void {
    this.#need(length);
    this.#siblings.push({ role, name, offset: this.#at, length, value, children: [], ...more });
    this.#at += length;
  }

  /** A number of `length` octets. */
  number(name: string, length: 1 | 2 | 4 | 6, format: (value: number) => string = String): number {
    const value = this.peek(length);
    this.leaf('value', name, length, format(value));
    return value;
  }

  /** A field that consists of those that `read` reads; it returns what they say together. */
  branch(role: FieldRole, name: string, read: () => string): void {
    const field: Growing = { role, name, offset: this.#at, length: 0, value: '', children: [] };
    const outer = this.#siblings;
    outer.push(field);
    this.#siblings = field.children;
    try {
      field.value = read();
    } finally {
      this.#siblings = outer;
      field.length = this.#at - field.offset;
    }
  }

  /** Reads a part of `length` octets. What `read` leaves of it, or cannot read, is there as octets. */
  within(length: number, read: () => void): void {
    if (length > this.remaining) {
      throw this.violation(`${length} octets are announced, ${this.remaining} are there`, 'RFC 1035, section 3.2.1');
    }
    const outerEnd = this.#end;
    this.#end = this.#at + length;
    try {
      this.asFarAsItGoes(read, 'field', 'RFC 1035, section 3.2.1');
    } finally {
      this.#end = outerEnd;
    }
  }

  /** Runs `read`, notes the rule at which it ends and the octets that nobody reads; they follow the last `what`. */
  asFarAsItGoes(read: () => void, what: string, clause: string): void {
    try {
      read();
      if (this.remaining > 0) this.note(this.violation(`${this.remaining} octets follow the last ${what}`, clause));
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.note(error);
    }
    if (this.remaining > 0) this.leaf('unread', '', this.remaining, '');
  }

  /** Runs `read` and ends where the message was kept no further. */
  asFarAsKept(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof KeptNoFurther)) throw error;
      const left = this.octets.length - this.#at;
      if (left > 0) this.fields.push(unread(this.#at, left));
    }
  }

  note({ offset, message }: ProtocolViolation): void {
    this.brokenRules.push({ offset, sentence: message });
  }

  violation(what: string, clause: string, offset = this.#at): ProtocolViolation {
    return new ProtocolViolation(`Cannot read the message: ${what}`, offset, clause);
  }

  #need(length: number): void {
    if (length > this.remaining) throw this.violation('it ends too early', 'RFC 1035, section 4.1');
    if (this.#at + length > this.octets.length) throw new KeptNoFurther();
  }
}

function unread(offset: number, length: number): WireField {
  return { role: 'unread', name: '', offset, length, value: '', children: [] };
}
