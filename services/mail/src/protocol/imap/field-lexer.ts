/**
 * The words of structured header fields: RFC 5322, section 3.2, and RFC 2045, section 5.1. White space and comments may
 * stand between any two of them. Reading takes one pass over the value, whatever it is.
 */

/** Longest value that is looked at, in characters: a list of addresses may be long. */
const VALUE_LENGTH_MAX = 64 * 1024;
/** Comments inside of comments are followed this far. */
const COMMENT_DEPTH_MAX = 50;

/** What ends a word in a kind of fields; made once for each kind, because fields are many. */
export interface FieldSyntax {
  /** Characters that end an atom and stand for themselves. */
  readonly specials: string;
  readonly atom: RegExp;
}

export function fieldSyntax(specials: string): FieldSyntax {
  return { specials, atom: new RegExp(`[^ \\t\\r\\n"(${specials.replace(/[\]\\^-]/g, '\\$&')}]+`, 'y') };
}

export class FieldLexer {
  readonly #value: string;
  readonly #specials: string;
  readonly #atom: RegExp;
  #at = 0;
  /** The text of the last comment that was passed over. */
  comment = '';

  constructor(value: string, { specials, atom }: FieldSyntax) {
    this.#value = value.length > VALUE_LENGTH_MAX ? value.slice(0, VALUE_LENGTH_MAX) : value;
    this.#specials = specials;
    this.#atom = atom;
  }

  /** What stands next: a special, `"` for a quoted string, `[` for a domain literal, `a` for an atom, '' at the end. */
  peek(): string {
    this.#skipBlanksAndComments();
    const next = this.#value.charAt(this.#at);
    return next === '' || next === '"' || this.#specials.includes(next) ? next : 'a';
  }

  /** Whether an atom stands next that begins with a full stop: what obsolete forms put blanks and comments before. */
  isAtDot(): boolean {
    return this.peek() === 'a' && this.#value.charAt(this.#at) === '.';
  }

  /** Passes over `special` if it stands next. */
  skip(special: string): boolean {
    if (this.peek() !== special) return false;
    this.#at += 1;
    return true;
  }

  /** An atom or a quoted string without its quotes; a special that stands in the way is passed over. */
  word(): string {
    const next = this.peek();
    if (next === '"') return this.#enclosed('"');
    this.#atom.lastIndex = this.#at;
    const word = this.#atom.exec(this.#value)?.[0] ?? this.#value.charAt(this.#at);
    this.#at += Math.max(1, word.length);
    return word;
  }

  /** A domain literal with its brackets: `[127.53.20.1]`. */
  domainLiteral(): string {
    return `[${this.#enclosed(']')}]`;
  }

  #enclosed(end: string): string {
    let text = '';
    this.#at += 1;
    while (this.#at < this.#value.length) {
      const character = this.#value.charAt(this.#at++);
      if (character === end) break;
      text += character === '\\' ? this.#value.charAt(this.#at++) : character;
    }
    return text;
  }

  #skipBlanksAndComments(): void {
    for (;;) {
      switch (this.#value.charAt(this.#at)) {
        case ' ':
        case '\t':
        case '\r':
        case '\n':
          this.#at += 1;
          break;
        case '(':
          this.#skipComment();
          break;
        default:
          return;
      }
    }
  }

  #skipComment(): void {
    let depth = 0;
    const from = this.#at + 1;
    for (; this.#at < this.#value.length; this.#at += 1) {
      const character = this.#value.charAt(this.#at);
      if (character === '\\') this.#at += 1;
      else if (character === '(') depth += 1;
      else if (character === ')') depth -= 1;
      if (depth === 0 || depth > COMMENT_DEPTH_MAX) break;
    }
    this.comment = this.#value.slice(from, this.#at).trim();
    this.#at += 1;
  }
}
