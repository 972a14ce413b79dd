/** Where a mail program's search looks: the fields of one name in headers as the index keeps them (RFC 5322, section 2.2). */

/** Finds the fields of one name in one header after another, without a look at the others. */
export class FieldFinder {
  readonly #name: RegExp;

  /** @param name in small letters */
  constructor(name: string) {
    // Blanks before the colon are of former times (RFC 5322, section 4.5). No continuation line begins with a name.
    this.#name = new RegExp(`(?:^|\\n)${name.replace(/\W/g, '\\$&')}[ \\t]*:`, 'gi');
  }

  /** What stands behind the colons, with the line ends, in the order of the header. */
  values(header: string): string[] {
    const values: string[] = [];
    // It begins at the beginning: after the last field of a header it is there again.
    while (this.#name.test(header)) {
      const from = this.#name.lastIndex;
      const to = endOfField(header, from);
      values.push(header.slice(from, to));
      // The line end before the next field is a part of what is looked for.
      this.#name.lastIndex = to - 1;
    }
    return values;
  }
}

/** Behind the line end that no blank follows. */
export function endOfField(header: string, from: number): number {
  for (let at = from; ; ) {
    const feed = header.indexOf('\n', at);
    if (feed === -1) return header.length;
    const next = header[feed + 1];
    if (next !== ' ' && next !== '\t') return feed + 1;
    at = feed + 1;
  }
}
