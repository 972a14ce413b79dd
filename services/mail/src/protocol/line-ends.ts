/**
 * Line ends of stored messages. On the wire a line ends in CRLF (RFC 5321, section 2.3.8); in a Maildir it ends in LF, as the
 * programs that read Maildirs expect. The way there and back loses nothing, because a message with a bare CR or LF is refused.
 */
import { CR, LF } from './octets.ts';

/** CRLF to LF, in pieces of any size. */
export class ToLineFeeds {
  #heldCr = false;

  convert(piece: Uint8Array): Uint8Array {
    const converted = new Uint8Array(piece.length + 1);
    let length = 0;
    for (const octet of piece) {
      if (this.#heldCr && octet !== LF) converted[length++] = CR;
      this.#heldCr = octet === CR;
      if (!this.#heldCr) converted[length++] = octet;
    }
    return converted.subarray(0, length);
  }

  end(): Uint8Array {
    return this.#heldCr ? Uint8Array.of(CR) : new Uint8Array();
  }
}

/** LF to CRLF, in pieces of any size; CRLF that is there already is kept. */
export class ToCrlf {
  #previous = 0;

  convert(piece: Uint8Array): Uint8Array {
    const converted = new Uint8Array(piece.length * 2);
    let length = 0;
    for (const octet of piece) {
      if (octet === LF && this.#previous !== CR) converted[length++] = CR;
      converted[length++] = octet;
      this.#previous = octet;
    }
    return converted.subarray(0, length);
  }
}

/** Octets of a message with CRLF line ends, counted in pieces: what POP3 and IMAP call its size. */
export class CrlfCounter {
  #octets = 0;
  #previous = 0;

  get octets(): number {
    return this.#octets;
  }

  count(piece: Uint8Array): void {
    for (const octet of piece) {
      this.#octets += octet === LF && this.#previous !== CR ? 2 : 1;
      this.#previous = octet;
    }
  }
}
