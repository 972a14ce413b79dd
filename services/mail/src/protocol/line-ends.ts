/**
 * Line ends of stored messages. On the wire a line ends in CRLF (RFC 5321, section 2.3.8); in a Maildir it ends in LF, as the
 * programs that read Maildirs expect. The way there and back loses nothing, because a message with a bare CR or LF is refused.
 */
import { CR, LF } from './octets.ts';

/** CRLF to LF, in pieces of any size. */
export class ToLineFeeds {
  #heldCr = false;

  convert(piece: Uint8Array): Uint8Array {
    if (piece.length === 0) return piece;
    const converted = new Uint8Array(piece.length + 1);
    converted.set(piece, 1);
    let length = 0;
    if (this.#heldCr && piece[0] !== LF) converted[length++] = CR;
    this.#heldCr = piece.at(-1) === CR;
    // Line by line the octets move to the left, over the CRs that go: much faster than one octet after the other.
    let from = 1;
    for (let at = converted.indexOf(CR, from); at !== -1; at = converted.indexOf(CR, at + 1)) {
      const isBare = at + 1 < converted.length && converted[at + 1] !== LF;
      if (isBare) continue;
      converted.copyWithin(length, from, at);
      length += at - from;
      from = at + 1;
    }
    converted.copyWithin(length, from);
    return converted.subarray(0, length + converted.length - from);
  }

  end(): Uint8Array {
    return this.#heldCr ? Uint8Array.of(CR) : new Uint8Array();
  }
}

/** LF to CRLF, in pieces of any size; CRLF that is there already is kept. */
export class ToCrlf {
  #previous = 0;

  convert(piece: Uint8Array): Uint8Array {
    const converted = toCrlf(piece, this.#previous);
    this.#previous = piece.at(-1) ?? this.#previous;
    return converted;
  }
}

/** The same at once. @param before the octet before the piece */
export function toCrlf(piece: Uint8Array, before = 0): Uint8Array {
  const converted = new Uint8Array(countCrlfOctets(piece, before));
  let length = 0;
  let from = 0;
  // Line by line: faster than one octet after the other.
  for (let at = piece.indexOf(LF); at !== -1; at = piece.indexOf(LF, at + 1)) {
    if ((at === 0 ? before : piece[at - 1]) === CR) continue;
    converted.set(piece.subarray(from, at), length);
    length += at - from;
    converted[length++] = CR;
    from = at;
  }
  converted.set(piece.subarray(from), length);
  return converted;
}

/** Octets that a piece of a message has with CRLF line ends: what POP3 and IMAP call its size. @param previous the octet before it */
export function countCrlfOctets(piece: Uint8Array, previous = 0): number {
  let bareFeeds = 0;
  for (let at = piece.indexOf(LF); at !== -1; at = piece.indexOf(LF, at + 1)) {
    if ((at === 0 ? previous : piece[at - 1]) !== CR) bareFeeds += 1;
  }
  return piece.length + bareFeeds;
}

/** The same, of pieces that come one after the other. */
export class CrlfCounter {
  #octets = 0;
  #previous = 0;

  get octets(): number {
    return this.#octets;
  }

  count(piece: Uint8Array): void {
    this.#octets += countCrlfOctets(piece, this.#previous);
    this.#previous = piece.at(-1) ?? this.#previous;
  }
}
