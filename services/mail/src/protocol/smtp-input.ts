/**
 * What an SMTP client sends, cut at its line ends: command lines, and after DATA mail data. RFC 5321, section 2.3.8: CRLF
 * ends a line and nothing else does; section 4.1.1.4: CRLF, full stop, CRLF ends mail data and nothing else does; section
 * 4.5.2: the full stop that a sender put before a line that begins with one is taken away. Both readers take pieces of any
 * size and remember what lies between them.
 */
import { CR, DOT, joinOctets, LF } from './octets.ts';

/** Longest command line, in octets: RFC 4954, section 4, has the longest with 12,288. */
export const COMMAND_OCTETS_MAX = 16 * 1024;

export type CommandLine =
  | { readonly kind: 'line'; readonly line: Uint8Array; readonly endsAt: number }
  /** An LF without CR before it: whoever takes it for a line end sees commands where others see mail data. */
  | { readonly kind: 'bare-lf'; readonly endsAt: number }
  | { readonly kind: 'too-long' }
  /** The line goes on in the next piece. */
  | { readonly kind: 'open' };

export class CommandLineReader {
  #held: Uint8Array = new Uint8Array();

  /** The line that ends in `piece` at or behind `from`; `endsAt` is where the next one begins. */
  read(piece: Uint8Array, from: number): CommandLine {
    const feed = piece.indexOf(LF, from);
    const end = feed === -1 ? piece.length : feed;
    if (this.#held.length + end - from > COMMAND_OCTETS_MAX) {
      this.#held = new Uint8Array();
      return { kind: 'too-long' };
    }
    const line =
      this.#held.length === 0 ? piece.subarray(from, end) : joinOctets([this.#held, piece.subarray(from, end)]);
    // A copy, because the piece is not kept for an unfinished line.
    this.#held = feed === -1 ? new Uint8Array(line) : new Uint8Array();
    if (feed === -1) return { kind: 'open' };
    const isWhole = line.at(-1) === CR;
    return isWhole
      ? { kind: 'line', line: line.subarray(0, -1), endsAt: feed + 1 }
      : { kind: 'bare-lf', endsAt: feed + 1 };
  }
}

export interface MailDataPiece {
  /** Without the full stops of section 4.5.2, and without the one that ends the data. */
  readonly octets: Uint8Array;
  /** Where in the piece the client's next command begins; null while the data goes on. */
  readonly endsAt: number | null;
}

/** What came last, as far as it decides on what comes next. `dot` and `dot-cr` are held back: they may be the end. */
type Place = 'line-begin' | 'line' | 'cr' | 'dot' | 'dot-cr';

export class MailDataReader {
  #place: Place = 'line-begin';

  read(piece: Uint8Array): MailDataPiece {
    const kept = new KeptOctets(piece);
    let at = 0;
    while (at < piece.length) {
      const octet = piece[at]!;
      switch (this.#place) {
        case 'line': {
          const cr = piece.indexOf(CR, at);
          at = cr === -1 ? piece.length : cr + 1;
          if (cr !== -1) this.#place = 'cr';
          break;
        }
        case 'cr':
          at += 1;
          this.#place = octet === LF ? 'line-begin' : octet === CR ? 'cr' : 'line';
          break;
        case 'line-begin':
          this.#place = octet === DOT ? 'dot' : 'line';
          if (octet === DOT) kept.leaveOut(at++);
          break;
        case 'dot':
          this.#place = octet === CR ? 'dot-cr' : 'line';
          if (octet === CR) kept.leaveOut(at++);
          break;
        case 'dot-cr':
          if (octet === LF) {
            this.#place = 'line-begin';
            return { octets: kept.take(at), endsAt: at + 1 };
          }
          // The line had only begun like the end: its CR is data, and a bare one.
          kept.putBackCrBefore(at);
          this.#place = 'cr';
      }
    }
    return { octets: kept.take(at), endsAt: null };
  }
}

/** Octets of a piece with some left out: a part of the piece itself where that will do, otherwise a copy. */
class KeptOctets {
  readonly #piece: Uint8Array;
  /** Where each kept part begins and ends, by turns. */
  readonly #bounds: number[] = [];
  #from = 0;
  #beginsWithCr = false;

  constructor(piece: Uint8Array) {
    this.#piece = piece;
  }

  leaveOut(at: number): void {
    this.#keep(at);
    this.#from = at + 1;
  }

  /** The CR before `at` was left out and is data after all; it may have come at the end of the piece before this one. */
  putBackCrBefore(at: number): void {
    if (at === 0) this.#beginsWithCr = true;
    else this.#from = at - 1;
  }

  take(end: number): Uint8Array {
    this.#keep(end);
    const [begin = 0, first = 0] = this.#bounds;
    if (this.#bounds.length <= 2 && !this.#beginsWithCr) return this.#piece.subarray(begin, first);
    return this.#copy();
  }

  #keep(end: number): void {
    if (end > this.#from) this.#bounds.push(this.#from, end);
  }

  #copy(): Uint8Array {
    const copy = new Uint8Array(this.#piece.length + 1);
    let length = 0;
    if (this.#beginsWithCr) copy[length++] = CR;
    for (let part = 0; part < this.#bounds.length; part += 2) {
      const begin = this.#bounds[part]!;
      const end = this.#bounds[part + 1]!;
      // Most parts of what makes many of them are short: a loop is faster than a view.
      for (let at = begin; at < end; at += 1) copy[length++] = this.#piece[at]!;
    }
    return copy.subarray(0, length);
  }
}
