/**
 * Which pieces somebody has, and the payload of `bitfield` (BEP 3, "peer messages"): one bit for each piece, the high bit
 * of the first octet is piece 0, spare bits at the end are zero.
 */
import { ProtocolViolation } from '../protocol-violation.ts';

export class PieceSet {
  readonly pieceCount: number;
  readonly #bits: Uint8Array<ArrayBuffer>;
  #size = 0;

  constructor(pieceCount: number) {
    this.pieceCount = pieceCount;
    this.#bits = new Uint8Array(bitfieldOctets(pieceCount));
  }

  /** How many pieces are in the set. */
  get size(): number {
    return this.#size;
  }

  get isComplete(): boolean {
    return this.#size === this.pieceCount;
  }

  has(index: number): boolean {
    return ((this.#bits[index >> 3] ?? 0) & maskOf(index)) !== 0;
  }

  /** Adds a piece; false when it was there already. */
  add(index: number): boolean {
    if (index < 0 || index >= this.pieceCount || this.has(index)) return false;
    this.#bits[index >> 3] = (this.#bits[index >> 3] ?? 0) | maskOf(index);
    this.#size += 1;
    return true;
  }

  *[Symbol.iterator](): Iterator<number> {
    for (let index = 0; index < this.pieceCount; index++) if (this.has(index)) yield index;
  }

  /** The payload of `bitfield`. */
  encode(): Uint8Array<ArrayBuffer> {
    return this.#bits.slice();
  }

  /** @throws ProtocolViolation for a wrong length or a spare bit that is set */
  static decode(bits: Uint8Array, pieceCount: number): PieceSet {
    if (bits.length !== bitfieldOctets(pieceCount)) {
      throw new ProtocolViolation(`A bitfield of ${bits.length} octets for ${pieceCount} pieces`, 0, 'BEP 3');
    }
    const set = new PieceSet(pieceCount);
    for (let index = 0; index < bits.length * 8; index++) {
      if (((bits[index >> 3] ?? 0) & maskOf(index)) === 0) continue;
      if (!set.add(index)) throw new ProtocolViolation('A spare bit of the bitfield is set', index >> 3, 'BEP 3');
    }
    return set;
  }
}

/** Octets of a bitfield of `pieceCount` pieces. */
export function bitfieldOctets(pieceCount: number): number {
  return Math.ceil(pieceCount / 8);
}

function maskOf(index: number): number {
  return 0x80 >> (index & 7);
}
