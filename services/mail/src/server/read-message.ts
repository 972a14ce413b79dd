import type { Entity } from '../protocol/imap/entity.ts';
import { EntityScanner } from '../protocol/imap/entity-scanner.ts';
import type { SearchableHeader } from '../protocol/imap/search-match.ts';
import { searchableBody, wholeHeader } from '../protocol/imap/search-text.ts';

/** What may keep text of US-ASCII from standing in the file as it is: encodings, and character sets that shift. */
const HIDING = /base64|quoted-printable|utf-?(?:7|16|32)|iso-2022|hz-gb/;

/** A message that was read, for a search: its parts are looked for only where the answer needs them. */
export class ReadMessage {
  readonly #octets: Uint8Array;
  #raw: string | null = null;
  #mayHide = false;
  #entity: Entity | null = null;
  #body: string | null = null;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  get header(): SearchableHeader {
    let read: SearchableHeader | null = null;
    const header = () => {
      read ??= wholeHeader(this.#parts.fields);
      return read;
    };
    return { isWhole: true, values: (name) => header().values(name), lines: () => header().lines() };
  }

  /** Whether the text of the body has `text`, which is in small letters. */
  includes(text: string): boolean {
    if (this.#isSurelyWithout(text)) return false;
    this.#body ??= searchableBody(this.#parts, this.#octets);
    return this.#body.includes(text);
  }

  /** Text of US-ASCII that is not in the file is in no part of it, when nothing is encoded. */
  #isSurelyWithout(text: string): boolean {
    if (/[^\x00-\x7f]/.test(text)) return false;
    if (this.#raw === null) {
      const { buffer, byteOffset, length } = this.#octets;
      this.#raw = Buffer.from(buffer, byteOffset, length).toString('latin1').toLowerCase();
      this.#mayHide = HIDING.test(this.#raw);
    }
    return !this.#mayHide && !this.#raw.includes(text);
  }

  get #parts(): Entity {
    if (this.#entity !== null) return this.#entity;
    const scanner = new EntityScanner();
    scanner.push(this.#octets);
    this.#entity = scanner.end();
    return this.#entity;
  }
}
