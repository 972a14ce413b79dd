/**
 * Writes the fields of a DNS message. Names are compressed (RFC 1035, section 4.1.4) against a tree of the names written
 * before, so that a message costs time in proportion to its length. Only names that are equal octet for octet share
 * their labels: compression never changes the case of a name (RFC 4343, section 4.1).
 */
import type { Name } from './name.ts';

/** Greatest offset that a compression pointer holds: 14 bits. */
const POINTER_OFFSET_MAX = 0x3fff;
const POINTER = 0xc000;
/** Octets that a message begins with room for; more is taken as it grows. */
const INITIAL_OCTETS = 512;

/** A name that has been written: its place in the message, and the names one label longer. Most have one or none. */
class WrittenName {
  readonly offset: number;
  #label: string | undefined;
  #only: WrittenName | undefined;
  #others: Map<string, WrittenName> | undefined;

  constructor(offset: number) {
    this.offset = offset;
  }

  longer(label: string | undefined): WrittenName | undefined {
    return label === this.#label ? this.#only : label === undefined ? undefined : this.#others?.get(label);
  }

  add(label: string, offset: number): WrittenName {
    const longer = new WrittenName(offset);
    if (this.#only === undefined) [this.#label, this.#only] = [label, longer];
    else {
      this.#others ??= new Map();
      this.#others.set(label, longer);
    }
    return longer;
  }

  remove(label: string): void {
    if (label === this.#label) this.#label = this.#only = undefined;
    else this.#others?.delete(label);
  }
}

/** A message that grows. A place in it can be returned to, and what was written since is forgotten. */
export class WireWriter {
  #octets = new Uint8Array(INITIAL_OCTETS);
  #view = new DataView(this.#octets.buffer);
  #at = 0;
  readonly #root = new WrittenName(-1);
  readonly #compresses: boolean;
  readonly #written: { offset: number; parent: WrittenName; label: string }[] = [];

  constructor({ compresses = true }: { readonly compresses?: boolean } = {}) {
    this.#compresses = compresses;
  }

  get offset(): number {
    return this.#at;
  }

  u8(value: number): void {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
  }

  u16(value: number): void {
    const at = this.#grow(2);
    this.#view.setUint16(at, value);
  }

  u32(value: number): void {
    const at = this.#grow(4);
    this.#view.setUint32(at, value);
  }

  octets(octets: Uint8Array): void {
    const at = this.#grow(octets.length);
    this.#octets.set(octets, at);
  }

  /** An octet string, without its length. */
  text(text: string): void {
    const at = this.#grow(text.length);
    for (let index = 0; index < text.length; index += 1) this.#octets[at + index] = text.charCodeAt(index);
  }

  /** Puts `value` where two octets were left free. */
  patchU16(offset: number, value: number): void {
    this.#view.setUint16(offset, value);
  }

  patchU32(offset: number, value: number): void {
    this.#view.setUint32(offset, value);
  }

  /** Writes a name, ending it by a pointer where its end is already in the message. */
  name(name: Name): void {
    if (!this.#compresses) {
      this.uncompressedName(name);
      return;
    }
    let node = this.#root;
    let shared = name.length;
    for (let longer = node.longer(name[shared - 1]); shared > 0 && longer !== undefined; ) {
      node = longer;
      shared -= 1;
      longer = node.longer(name[shared - 1]);
    }
    const offsets: number[] = [];
    for (const label of name.slice(0, shared)) {
      offsets.push(this.#at);
      this.u8(label.length);
      this.text(label);
    }
    if (node === this.#root) this.u8(0);
    else this.u16(POINTER | node.offset);
    this.#remember(name, offsets, node);
  }

  /** Writes a name in full: for RDATA in which a receiver does not look for pointers (RFC 3597, section 4). */
  uncompressedName(name: Name): void {
    for (const label of name) {
      this.u8(label.length);
      this.text(label);
    }
    this.u8(0);
  }

  /** Goes back to `offset` and forgets what was written after it. */
  rewind(offset: number): void {
    for (let last = this.#written.at(-1); last !== undefined && last.offset >= offset; last = this.#written.at(-1)) {
      last.parent.remove(last.label);
      this.#written.pop();
    }
    this.#at = offset;
  }

  /** What was written, until more is. */
  written(): Uint8Array {
    return this.#octets.subarray(0, this.#at);
  }

  /** The message so far. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#octets.slice(0, this.#at);
  }

  #remember(name: Name, offsets: readonly number[], end: WrittenName): void {
    let node = end;
    for (let at = offsets.length - 1; at >= 0; at -= 1) {
      const offset = offsets[at]!;
      if (offset > POINTER_OFFSET_MAX) return;
      const longer = node.add(name[at]!, offset);
      this.#written.push({ offset, parent: node, label: name[at]! });
      node = longer;
    }
  }

  #grow(length: number): number {
    const at = this.#at;
    this.#at += length;
    if (this.#at > this.#octets.length) {
      const larger = new Uint8Array(Math.max(this.#at, 2 * this.#octets.length));
      larger.set(this.#octets);
      this.#octets = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
