/** The end of a multi-line response: RFC 1939, section 3. A full stop alone ends it, so a line that begins with one gets a second. */
import { DOT, LF } from './octets.ts';

/** Puts a full stop before each line that begins with one, in pieces of any size with CRLF line ends. */
export class DotStuffer {
  #atLineStart = true;

  stuff(piece: Uint8Array): Uint8Array {
    const places = this.#firstDots(piece);
    if (piece.length > 0) this.#atLineStart = piece.at(-1) === LF;
    // Most pieces need none, and are sent as they are.
    if (places.length === 0) return piece;
    const stuffed = new Uint8Array(piece.length + places.length);
    let from = 0;
    for (const [dots, at] of places.entries()) {
      stuffed.set(piece.subarray(from, at), from + dots);
      stuffed[at + dots] = DOT;
      from = at;
    }
    stuffed.set(piece.subarray(from), from + places.length);
    return stuffed;
  }

  /** The end of the response: a full stop on a line of its own. */
  end(): string {
    return this.#atLineStart ? '.\r\n' : '\r\n.\r\n';
  }

  /** Where lines begin with a full stop. */
  #firstDots(piece: Uint8Array): number[] {
    const places: number[] = [];
    for (let at = piece.indexOf(DOT); at !== -1; at = piece.indexOf(DOT, at + 1)) {
      if (at === 0 ? this.#atLineStart : piece[at - 1] === LF) places.push(at);
    }
    return places;
  }
}
