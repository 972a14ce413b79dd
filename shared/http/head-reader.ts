/**
 * Where the head of a message ends (RFC 9112, section 2.2), found while it comes in pieces of any size: each octet is looked at
 * once. Lines end with CR LF and with nothing else: a reader that takes a bare LF for an end of line sees other messages than one
 * that does not, and smuggling lives on that difference.
 *
 * Text stands for octets, one character for each (Latin-1). What is in the lines is for request-head.ts and response-head.ts; how long
 * they may be is for who holds the connection.
 */

import { ProtocolViolation } from '../protocol-violation.ts';
import { isToken } from './fields.ts';

/** Empty lines before a start line that are passed over; RFC 9112, section 2.2 asks for one at least. */
const EMPTY_LINES_MAX = 4;

/** Pieces that a head may be in. */
const PIECES_MAX = 64;

/** Collects one head. */
export class HeadReader {
  #text = '';
  /** Characters of the line that is being read. */
  #lineLength = 0;
  #lastIsCr = false;
  #lines = 0;
  #emptyLines = 0;
  #pieces = 0;
  #startLine: string | null = null;
  #mayBeStartLine = true;

  /**
   * Takes what has come next. Returns how many characters of `text` belong to this head when it is complete, otherwise -1.
   *
   * @throws ProtocolViolation as soon as a line ends with a bare LF
   */
  push(text: string): number {
    if (text === '') return -1;
    // The pieces of the text are few: each takes more memory than its characters.
    let from = 0;
    let begun = 0;
    for (let lf = text.indexOf('\n'); lf !== -1; lf = text.indexOf('\n', from)) {
      const afterCr = lf === 0 ? this.#lastIsCr : text.charCodeAt(lf - 1) === 13;
      if (!afterCr) {
        throw new ProtocolViolation(
          'a line ends with LF alone',
          this.#text.length + lf - begun,
          'RFC 9112, section 2.2',
        );
      }
      const line = this.#lineLength + lf + 1 - from;
      const isInStartLine = this.#lines === 0;
      this.#lineLength = 0;
      from = lf + 1;
      if (isInStartLine || line <= 2) {
        this.#text += text.slice(begun, from);
        begun = from;
      }
      if (line > 2) this.#endLine();
      else if (isInStartLine) this.#passEmptyLine();
      else return from;
    }
    this.#begin(text, from);
    this.#text += text.slice(begun);
    this.#flatten();
    this.#lineLength += text.length - from;
    this.#lastIsCr = text.endsWith('\r');
    return -1;
  }

  /** What has been read, with the lines' ends, less empty lines before the start line. */
  get text(): string {
    return this.#text;
  }

  /** Characters of `text`. */
  get length(): number {
    return this.#text.length;
  }

  /** Whether nothing has come yet but empty lines. */
  get isEmpty(): boolean {
    return this.#text === '';
  }

  /** Whether what has come of a first line could be one: it begins with a character of a token, or is the CR of an empty line. */
  get mayBeStartLine(): boolean {
    return this.#mayBeStartLine;
  }

  /** The first line without its end, as soon as it is complete. */
  get startLine(): string | null {
    return this.#startLine;
  }

  /** Looks at the first characters, once: the text is pieced together only where it is read. */
  #begin(text: string, from: number): void {
    if (this.#lines > 0 || this.#text.length > 1 || from === text.length) return;
    const first = this.#text + text.slice(from, from + 2);
    this.#mayBeStartLine = first === '\r' || isToken(first.charAt(0));
  }

  /** Makes one piece of many: who sends octet by octet must not take thirty times as much. Looking into a text does that. */
  #flatten(): void {
    this.#pieces += 1;
    if (this.#pieces % PIECES_MAX === 0) this.#text.charCodeAt(0);
  }

  #endLine(): void {
    if (this.#lines === 0) this.#startLine = this.#text.slice(0, -2);
    this.#lines += 1;
  }

  #passEmptyLine(): void {
    this.#text = '';
    this.#emptyLines += 1;
    if (this.#emptyLines > EMPTY_LINES_MAX) {
      throw new ProtocolViolation('there is nothing but empty lines', 0, 'RFC 9112, section 2.2');
    }
  }
}
