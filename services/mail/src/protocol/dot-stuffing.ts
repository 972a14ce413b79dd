/** The end of a multi-line response: RFC 1939, section 3. A full stop alone ends it, so a line that begins with one gets a second. */
import { DOT, LF } from './octets.ts';

/** Puts a full stop before each line that begins with one, in pieces of any size with CRLF line ends. */
export class DotStuffer {
  #atLineStart = true;

  stuff(piece: Uint8Array): Uint8Array {
    if (!this.#needsStuffing(piece)) {
      if (piece.length > 0) this.#atLineStart = piece.at(-1) === LF;
      return piece;
    }
    const stuffed = new Uint8Array(piece.length * 2);
    let length = 0;
    for (const octet of piece) {
      if (this.#atLineStart && octet === DOT) stuffed[length++] = DOT;
      stuffed[length++] = octet;
      this.#atLineStart = octet === LF;
    }
    return stuffed.subarray(0, length);
  }

  /** The end of the response: a full stop on a line of its own. */
  end(): string {
    return this.#atLineStart ? '.\r\n' : '\r\n.\r\n';
  }

  /** Most pieces need none, and are sent as they are. */
  #needsStuffing(piece: Uint8Array): boolean {
    for (let at = piece.indexOf(DOT); at !== -1; at = piece.indexOf(DOT, at + 1)) {
      if (at === 0 ? this.#atLineStart : piece[at - 1] === LF) return true;
    }
    return false;
  }
}
