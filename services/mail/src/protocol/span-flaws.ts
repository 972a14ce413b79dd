/** What of a message does not go through a 7-bit transport: octets above 127, and lines of more than 998 (RFC 2045, section 2.7). */
import type { Span } from './message-spans.ts';
import { CR, LF } from './octets.ts';

/** Octets of a line without its line end: RFC 5321, section 4.5.3.1.6. */
export const LINE_OCTETS_MAX = 998;
const HYPHEN = 0x2d;

/** What is wrong with one span. */
export interface Flaws {
  isEightBit: boolean;
  hasLongLine: boolean;
  /** A line that begins as a delimiter does has an octet above 127. */
  hasEightBitDelimiter: boolean;
  /** Whether it may be text in UTF-8; only looked at where nothing else says what it is. */
  isUtf8: boolean;
}

/** Looks at the octets of a message, in pieces of any size, span by span. */
export class FlawFinder {
  readonly #spans: readonly Span[];
  readonly #flaws: Flaws[];
  #at = 0;
  #span = 0;
  /** Octets of the line so far, and whether it begins with two hyphens. */
  #column = 0;
  #hyphens = 0;
  /** Octets that the character of UTF-8 still has. */
  #awaited = 0;

  constructor(spans: readonly Span[]) {
    this.#spans = spans;
    this.#flaws = spans.map(() => ({
      isEightBit: false,
      hasLongLine: false,
      hasEightBitDelimiter: false,
      isUtf8: true,
    }));
  }

  push(piece: Uint8Array): void {
    for (let from = 0; from < piece.length && this.#span < this.#spans.length; ) {
      const { to } = this.#spans[this.#span]!;
      const octets = piece.subarray(from, from + to - this.#at);
      this.#look(octets, this.#flaws[this.#span]!);
      this.#at += octets.length;
      from += octets.length;
      if (this.#at === to) this.#endSpan();
    }
  }

  /** By the places of the spans; when all octets were pushed. */
  end(): readonly Flaws[] {
    return this.#flaws;
  }

  #look(octets: Uint8Array, flaws: Flaws): void {
    let column = this.#column;
    let hyphens = this.#hyphens;
    for (let at = 0; at < octets.length; at += 1) {
      const octet = octets[at]!;
      column = octet === LF ? 0 : column + 1;
      if (column === 0) hyphens = 0;
      else if (octet === HYPHEN && hyphens === column - 1) hyphens += 1;
      if (column > LINE_OCTETS_MAX && octet !== CR) flaws.hasLongLine = true;
      if (octet < 0x80 && this.#awaited === 0) continue;
      if (flaws.isUtf8) flaws.isUtf8 = this.#mayBeUtf8(octet);
      if (octet < 0x80) continue;
      flaws.isEightBit = true;
      if (hyphens >= 2) flaws.hasEightBitDelimiter = true;
    }
    this.#column = column;
    this.#hyphens = hyphens;
  }

  #endSpan(): void {
    if (this.#awaited > 0) this.#flaws[this.#span]!.isUtf8 = false;
    this.#span += 1;
    this.#column = 0;
    this.#hyphens = 0;
    this.#awaited = 0;
  }

  /** The first octet of a character tells how many follow. Text in another character set hardly ever looks so. */
  #mayBeUtf8(octet: number): boolean {
    const isContinuation = (octet & 0xc0) === 0x80;
    if (isContinuation !== this.#awaited > 0) return false;
    if (isContinuation) this.#awaited -= 1;
    else this.#awaited = octet >= 0xf0 ? 3 : octet >= 0xe0 ? 2 : 1;
    return octet < 0xf5;
  }
}

/** Whether a line of a message is longer than a server must take, in pieces of any size and with any line ends. */
export class LongLineFinder {
  /** Octets since the last line feed. */
  #column = 0;
  #hasFound = false;

  get hasFound(): boolean {
    return this.#hasFound;
  }

  push(piece: Uint8Array): void {
    let lineFrom = -this.#column;
    // Steps as long as a line may be, back to the last line feed there: most octets are not looked at.
    while (!this.#hasFound && piece.length - lineFrom > LINE_OCTETS_MAX + 1) {
      const feed = piece.lastIndexOf(LF, lineFrom + LINE_OCTETS_MAX + 1);
      if (feed < Math.max(0, lineFrom)) this.#hasFound = true;
      lineFrom = feed + 1;
    }
    const last = piece.lastIndexOf(LF);
    this.#column = last === -1 ? this.#column + piece.length : piece.length - last - 1;
  }
}
