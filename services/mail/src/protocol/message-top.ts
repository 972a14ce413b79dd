/** The response to TOP: RFC 1939, section 7. */
import { CR, LF } from './octets.ts';

/** Lets the header section, the empty line and the first lines of the body pass, in pieces of any size. */
export class TopFilter {
  #bodyLinesLeft: number;
  #inBody = false;
  #lineLength = 0;

  constructor(bodyLines: number) {
    this.#bodyLinesLeft = bodyLines;
  }

  get isOver(): boolean {
    return this.#inBody && this.#bodyLinesLeft <= 0;
  }

  pass(piece: Uint8Array): Uint8Array {
    let at = 0;
    while (at < piece.length && !this.isOver) {
      const octet = piece[at]!;
      at += 1;
      if (octet !== LF) {
        if (octet !== CR) this.#lineLength += 1;
        continue;
      }
      if (this.#inBody) this.#bodyLinesLeft -= 1;
      else this.#inBody = this.#lineLength === 0;
      this.#lineLength = 0;
    }
    return piece.subarray(0, at);
  }
}
