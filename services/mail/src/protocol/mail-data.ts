/**
 * Mail data as it arrives after DATA: RFC 5321, sections 2.3.7 and 4.1.1.4. CR and LF appear only together as CRLF, and NUL
 * not at all; what breaks this rule is refused as a whole. A server that lets a bare LF through hands its neighbour a
 * message that the neighbour may see as two (SMTP smuggling, CVE-2023-51764).
 */
import { CR, LF } from './octets.ts';

export type MailDataFault = 'bare-cr' | 'bare-lf' | 'nul';

/** Longest header section that is taken, in octets: room for a hundred hops and a hundred signatures. */
export const HEADER_OCTETS_MAX = 256 * 1024;

const NUL = 0x00;

/**
 * What most pieces have nothing of: an octet above 127, a NUL, a CR or an LF without the other (or at the seam between two
 * pieces). Looking for it with the machine's own search takes a third of the time of a loop, for each octet that is received.
 */
const SUSPECT = /\r(?!\n)|(?<!\r)\n|[^\x01-\x7f]/;
/** Octets below 128 as they are; the others as letters above. */
const decoder = new TextDecoder('latin1');

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
    if (this.#afterCr || SUSPECT.test(decoder.decode(piece))) this.#look(piece);
  }

  #look(piece: Uint8Array): void {
    let allBits = 0;
    let afterCr = this.#afterCr;
    for (let at = 0; at < piece.length; at += 1) {
      const octet = piece[at]!;
      allBits |= octet;
      if (octet > CR && !afterCr) continue;
      if (afterCr !== (octet === LF)) this.#fault ??= afterCr ? 'bare-cr' : 'bare-lf';
      if (octet === NUL) this.#fault ??= 'nul';
      afterCr = octet === CR;
    }
    this.#afterCr = afterCr;
    if (allBits > 0x7f) this.#isEightBit = true;
  }

  /** To be called when the data is over: a CR may be the last octet. */
  end(): void {
    if (this.#afterCr) this.#fault ??= 'bare-cr';
  }
}

/** Holds the beginning of mail data until its header section is whole. */
export class HeaderCollector {
  #held: Uint8Array = new Uint8Array();
  #octets = 0;

  /** What was held when the header section is over (with what came behind it), otherwise null. */
  add(piece: Uint8Array): Uint8Array | null {
    // Most header sections come in one piece, which is then not copied.
    if (this.#octets === 0 && endsHeaderSection(piece, 0)) return piece;
    const from = Math.max(0, this.#octets - 3);
    this.#keep(piece);
    const isOver = endsHeaderSection(this.take(), from);
    return isOver || this.#octets > HEADER_OCTETS_MAX ? this.take() : null;
  }

  take(): Uint8Array {
    return this.#held.subarray(0, this.#octets);
  }

  /** The room doubles, so that pieces of one octet cost no more than large ones. */
  #keep(piece: Uint8Array): void {
    const octets = this.#octets + piece.length;
    if (octets > this.#held.length) {
      const room = new Uint8Array(Math.max(octets, 2 * this.#held.length));
      room.set(this.take());
      this.#held = room;
    }
    this.#held.set(piece, this.#octets);
    this.#octets = octets;
  }
}

/** Whether an empty line stands at the very beginning, or behind a line end at or after `from`. */
function endsHeaderSection(octets: Uint8Array, from: number): boolean {
  if (octets[0] === CR && octets[1] === LF) return true;
  for (let at = octets.indexOf(LF, from); at !== -1; at = octets.indexOf(LF, at + 1)) {
    if (octets[at + 1] === CR && octets[at + 2] === LF) return true;
  }
  return false;
}
