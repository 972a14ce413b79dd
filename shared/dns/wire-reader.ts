/**
 * Reads the fields of a DNS message from its octets. Names may be compressed (RFC 1035, section 4.1.4):
 *
 *     +--+--+--+--+--+--+--+--+      +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 *     | 0  0|   length, 0-63  | label, or | 1  1|      offset from the message's start      |
 *     +--+--+--+--+--+--+--+--+      +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 *
 * A pointer must lead to a place before the labels that it continues, so that every name ends. Names that a pointer led to
 * are remembered by their offset: a message full of long chains costs no more than one full of plain names.
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import { LABEL_OCTETS_MAX, NAME_OCTETS_MAX, type Name } from './name.ts';
import { octetString } from './octets.ts';

/** Pointers that one name may follow: as many as it may have labels (RFC 1035, section 2.3.4, allows 127). */
const POINTERS_MAX = 127;
const POINTER_BITS = 0xc0;

const COMPRESSION = 'RFC 1035, section 4.1.4';

interface KnownName {
  readonly labels: Name;
  readonly octets: number;
}

const KNOWN_ROOT: KnownName = { labels: [], octets: 1 };

/** A place in a message that moves forward. Every read throws ProtocolViolation where the octets do not suffice. */
export class WireReader {
  readonly #octets: Uint8Array;
  readonly #view: DataView;
  readonly #known = new Map<number, KnownName>();
  #at = 0;
  #end: number;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
    this.#view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
    this.#end = octets.length;
  }

  get offset(): number {
    return this.#at;
  }

  /** Octets left before the end of the message, or of the RDATA inside of `within`. */
  get remaining(): number {
    return this.#end - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  /** A copy of the next `length` octets. */
  octets(length: number): Uint8Array<ArrayBuffer> {
    const start = this.#take(length);
    return this.#octets.slice(start, start + length) as Uint8Array<ArrayBuffer>;
  }

  /** The next `length` octets as an octet string. */
  text(length: number): string {
    const start = this.#take(length);
    return octetString(this.#octets, start, start + length);
  }

  /** Reads exactly `length` octets by `read`: RDATA that is longer or shorter than its RDLENGTH is refused. */
  within<Value>(length: number, read: () => Value): Value {
    const start = this.#at;
    if (length > this.remaining)
      throw this.violation(`${length} octets are announced, ${this.remaining} are there`, 'RFC 1035, section 3.2.1');
    const outerEnd = this.#end;
    this.#end = start + length;
    const value = read();
    if (this.remaining > 0)
      throw this.violation(`${this.remaining} octets follow the last field`, 'RFC 1035, section 3.2.1');
    this.#end = outerEnd;
    return value;
  }

  /** A name, its pointers followed. */
  name(): Name {
    const { name, next } = this.#nameAt(this.#at);
    this.#at = next;
    return name.labels;
  }

  violation(what: string, clause: string): ProtocolViolation {
    return new ProtocolViolation(`Cannot decode the message: ${what}`, this.#at, clause);
  }

  #take(length: number): number {
    if (length > this.remaining) throw this.violation('it ends too early', 'RFC 1035, section 4.1');
    const start = this.#at;
    this.#at += length;
    return start;
  }

  #nameAt(start: number): { name: KnownName; next: number } {
    const pieces: { at: number; labels: string[] }[] = [];
    let tail = KNOWN_ROOT;
    let next = -1;
    for (let at = start; ; ) {
      const piece = this.#labelsAt(at, next === -1 ? this.#end : this.#octets.length);
      pieces.push({ at, labels: piece.labels });
      if (next === -1) next = piece.next;
      if (piece.target === null) break;
      if (piece.target >= at) throw this.#badName(at, 'the pointer does not go backward');
      if (pieces.length > POINTERS_MAX) throw this.#badName(start, `it follows more than ${POINTERS_MAX} pointers`);
      const known = this.#known.get(piece.target);
      if (known !== undefined) {
        tail = known;
        break;
      }
      at = piece.target;
    }
    return { name: this.#join(start, pieces, tail), next };
  }

  /** Puts a name together from its end, and remembers each part that a pointer led to. */
  #join(start: number, pieces: { at: number; labels: string[] }[], tail: KnownName): KnownName {
    let name = tail;
    for (const { at, labels } of pieces.reverse()) {
      if (labels.length > 0) {
        const octets = labels.reduce((sum, label) => sum + 1 + label.length, name.octets);
        if (octets > NAME_OCTETS_MAX) throw this.#badName(start, `it is longer than ${NAME_OCTETS_MAX} octets`);
        name = { labels: labels.concat(name.labels), octets };
      }
      this.#known.set(at, name);
    }
    return name;
  }

  /** The labels from `start` to the root or to a pointer. */
  #labelsAt(start: number, end: number): { labels: string[]; target: number | null; next: number } {
    const labels: string[] = [];
    let octets = 0;
    for (let at = start; ; ) {
      if (at >= end) throw this.#badName(start, 'it ends too early');
      const length = this.#octets[at]!;
      if (length === 0) return { labels, target: null, next: at + 1 };
      if ((length & POINTER_BITS) === POINTER_BITS) {
        if (at + 2 > end) throw this.#badName(start, 'it ends in the middle of a pointer');
        return { labels, target: this.#view.getUint16(at) & 0x3fff, next: at + 2 };
      }
      if (length > LABEL_OCTETS_MAX) throw this.#badName(at, 'the two first bits of a label are neither 00 nor 11');
      if (at + 1 + length > end) throw this.#badName(start, 'it ends in the middle of a label');
      octets += 1 + length;
      if (octets >= NAME_OCTETS_MAX) throw this.#badName(start, `it is longer than ${NAME_OCTETS_MAX} octets`);
      labels.push(octetString(this.#octets, at + 1, at + 1 + length));
      at += 1 + length;
    }
  }

  #badName(offset: number, what: string): ProtocolViolation {
    return new ProtocolViolation(`Cannot decode the name: ${what}`, offset, COMPRESSION);
  }
}
