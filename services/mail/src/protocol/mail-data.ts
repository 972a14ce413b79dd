/**
 * Mail data as it arrives after DATA: RFC 5321, sections 2.3.7 and 4.1.1.4. CR and LF appear only together as CRLF, and NUL
 * not at all; what breaks this rule is refused as a whole. A server that lets a bare LF through hands its neighbour a
 * message that the neighbour may see as two (SMTP smuggling, CVE-2023-51764).
 */
import { CR, joinOctets, LF } from './octets.ts';

export type MailDataFault = 'bare-cr' | 'bare-lf' | 'nul';

/** Longest header section that is taken, in octets: room for a hundred hops and a hundred signatures. */
export const HEADER_OCTETS_MAX = 256 * 1024;

const NUL = 0x00;

/** Looks at mail data in pieces of any size; remembers one octet between them. */
export class MailDataInspector {
  #fault: MailDataFault | null = null;
  #afterCr = false;
  #isEightBit = false;

  get fault(): MailDataFault | null {
    return this.#fault;
  }

  /** Whether an octet above 127 was seen: the next server must then offer 8BITMIME (RFC 6152). */
  get isEightBit(): boolean {
    return this.#isEightBit;
  }

  inspect(piece: Uint8Array): void {
    for (const octet of piece) {
      if (this.#afterCr !== (octet === LF)) this.#fault ??= this.#afterCr ? 'bare-cr' : 'bare-lf';
      if (octet === NUL) this.#fault ??= 'nul';
      if (octet > 0x7f) this.#isEightBit = true;
      this.#afterCr = octet === CR;
    }
  }

  /** To be called when the data is over: a CR may be the last octet. */
  end(): void {
    if (this.#afterCr) this.#fault ??= 'bare-cr';
  }
}

/** Holds the beginning of mail data until its header section is whole. */
export class HeaderCollector {
  readonly #pieces: Uint8Array[] = [];
  #octets = 0;
  #tail: Uint8Array = new Uint8Array();

  /** What was held when the header section is over (with what came behind it), otherwise null. */
  add(piece: Uint8Array): Uint8Array | null {
    this.#pieces.push(piece);
    this.#octets += piece.length;
    const seam = joinOctets([this.#tail, piece]);
    const isFirst = this.#octets === piece.length;
    this.#tail = seam.subarray(Math.max(0, seam.length - 3));
    const isOver = endsHeaderSection(seam) || (isFirst && piece[0] === CR && piece[1] === LF);
    return isOver || this.#octets > HEADER_OCTETS_MAX ? this.take() : null;
  }

  take(): Uint8Array {
    return joinOctets(this.#pieces);
  }
}

function endsHeaderSection(octets: Uint8Array): boolean {
  for (let at = octets.indexOf(LF); at !== -1; at = octets.indexOf(LF, at + 1)) {
    if (octets[at + 1] === CR && octets[at + 2] === LF) return true;
  }
  return false;
}
