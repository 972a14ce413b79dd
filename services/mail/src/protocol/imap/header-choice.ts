/** Fields chosen from a header, as they came: `HEADER.FIELDS` of RFC 3501, section 6.4.5. Text has one character for each octet. */
import { endOfField } from './field-finder.ts';
import { INDEXED_FIELDS } from './indexed-fields.ts';
import type { Section } from './section.ts';

/** Whether the header fields that the index keeps are all that a section can have. */
export function isIndexedSection({ part, text, fields }: Section): boolean {
  return (
    part.length === 0 && text === 'HEADER.FIELDS' && fields.every((name) => INDEXED_FIELDS.has(name.toLowerCase()))
  );
}

/** Spellings of names that are remembered: `Subject`, `SUBJECT`. */
const SPELLINGS_MAX = 1000;

/** Chooses the fields of some names from one header after another. */
export class HeaderChoice {
  readonly #names: ReadonlySet<string>;
  readonly #isWanted = new Map<string, boolean>();

  /** @param names in small letters */
  constructor(names: readonly string[]) {
    this.#names = new Set(names);
  }

  /** The fields with their line ends, in the order of the header. */
  fields(header: string): string[] {
    const chosen: string[] = [];
    for (let from = 0; from < header.length; ) {
      const to = endOfField(header, from);
      if (this.#wants(header.slice(from, header.indexOf(':', from)))) chosen.push(header.slice(from, to));
      from = to;
    }
    return chosen;
  }

  #wants(spelling: string): boolean {
    const known = this.#isWanted.get(spelling);
    if (known !== undefined) return known;
    const isWanted = this.#names.has(spelling.trimEnd().toLowerCase());
    if (this.#isWanted.size < SPELLINGS_MAX) this.#isWanted.set(spelling, isWanted);
    return isWanted;
  }
}
