/**
 * What never changes about a message, worked out once: its ENVELOPE, BODY and BODYSTRUCTURE as IMAP tells them (RFC 3501,
 * section 7.4.2), the header fields that lists and searches look at, its size and its date.
 */
import { decodeEncodedWords } from './encoded-word.ts';
import { fromBinaryText, toText } from './octets.ts';

/** To be raised with every change of what the facts say about a message: indexes of other versions are thrown away. */
export const FACTS_VERSION = 3;

/** Texts have one character for each octet, where nothing else is said. */
export interface HeaderFacts {
  /** With CRLF line ends. */
  readonly octets: number;
  /** When it came into the mailbox: milliseconds since 1970. */
  readonly arrivedAt: number;
  readonly envelope: string;
  /** The fields of INDEXED_FIELDS as they came, in the order of the message; null when they are too long. */
  readonly header: string | null;
}

export interface StructureFacts {
  readonly body: string;
  readonly bodyStructure: string;
}

/** The facts of one message of a mailbox, with its subject decoded for people when it is asked for. */
export class MessageFacts {
  readonly uid: number;
  readonly #kept: HeaderFacts;
  readonly #structure: StructureFacts | null;

  constructor(uid: number, kept: HeaderFacts, structure: StructureFacts | null) {
    this.uid = uid;
    this.#kept = kept;
    this.#structure = structure;
  }

  get octets(): number {
    return this.#kept.octets;
  }

  get arrivedAt(): number {
    return this.#kept.arrivedAt;
  }

  get envelope(): string {
    return this.#kept.envelope;
  }

  get header(): string | null {
    return this.#kept.header;
  }

  /** Only of facts that were asked for with the structure. */
  get body(): string {
    return this.#asked.body;
  }

  /** Only of facts that were asked for with the structure. */
  get bodyStructure(): string {
    return this.#asked.bodyStructure;
  }

  /** For people; '' when there is none. */
  get subject(): string {
    const value = firstValueIn(this.header ?? '', 'subject');
    const text = /[\x80-\xff]/.test(value) ? toText(fromBinaryText(value)) : value;
    return text.includes('=?') ? decodeEncodedWords(text) : text;
  }

  get #asked(): StructureFacts {
    if (this.#structure === null) throw new Error('The structure of the message was not asked for');
    return this.#structure;
  }
}

/** The value of the first field of that name in a header with CRLF line ends, unfolded (RFC 5322, section 2.2.3). */
function firstValueIn(header: string, name: string): string {
  for (let at = 0; at < header.length; ) {
    let end = header.indexOf('\r\n', at);
    while (end !== -1 && (header[end + 2] === ' ' || header[end + 2] === '\t')) end = header.indexOf('\r\n', end + 2);
    if (end === -1) end = header.length;
    const colon = at + name.length;
    // Blanks before the colon are of former times (RFC 5322, section 4.5.3).
    if (header.slice(at, colon).toLowerCase() === name && /^[ \t]*:/.test(header.slice(colon, colon + BLANKS_MAX)))
      return header
        .slice(header.indexOf(':', colon) + 1, end)
        .replaceAll('\r\n', '')
        .trim();
    at = end + 2;
  }
  return '';
}

/** Blanks before a colon that are looked over. */
const BLANKS_MAX = 80;
