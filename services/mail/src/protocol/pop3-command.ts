/** Commands of POP3: RFC 1939, section 3: a keyword of three or four letters and arguments, separated by single blanks. */
import { CR, DOT, LF } from './octets.ts';

export interface Pop3Command {
  /** In upper case. */
  readonly keyword: string;
  readonly arguments: readonly string[];
  /** Everything behind the keyword: a password may contain blanks. */
  readonly rest: string;
}

/** Longest command with its CRLF, in octets (RFC 2449, section 4). */
export const COMMAND_OCTETS_MAX = 255;

export function parsePop3Command(line: string): Pop3Command {
  const blank = line.indexOf(' ');
  const keyword = (blank === -1 ? line : line.slice(0, blank)).toUpperCase();
  const rest = blank === -1 ? '' : line.slice(blank + 1);
  return { keyword, arguments: rest.split(' ').filter((word) => word !== ''), rest };
}

/** The command as it may be shown: the password hidden. */
export function formatForReport(line: string): string {
  return /^pass( |$)/i.test(line) ? 'PASS ********' : line;
}

/** Puts a full stop before each line that begins with one (RFC 1939, section 3), in pieces of any size with CRLF line ends. */
export class DotStuffer {
  #atLineStart = true;

  stuff(piece: Uint8Array): Uint8Array {
    const stuffed = new Uint8Array(piece.length * 2);
    let length = 0;
    for (const octet of piece) {
      if (this.#atLineStart && octet === DOT) stuffed[length++] = DOT;
      stuffed[length++] = octet;
      this.#atLineStart = octet === LF;
    }
    return stuffed.subarray(0, length);
  }

  /** The end of a multi-line response: a full stop on a line of its own. */
  end(): string {
    return this.#atLineStart ? '.\r\n' : '\r\n.\r\n';
  }
}

/** Lets the header section, the empty line and the first lines of the body pass: the response to TOP. */
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
