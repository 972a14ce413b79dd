/**
 * The header of a message as the index keeps it: the fields of INDEXED_FIELDS as they came, and the ENVELOPE that is made of
 * them. It is read from one text and not from octets, because this is done for ten thousand messages at a time.
 */
import { addEnvelopeValue, type EnvelopeValues, formatEnvelopeOf } from './imap/envelope.ts';
import { INDEXED_FIELDS } from './imap/indexed-fields.ts';
import { CR, LF } from './octets.ts';

export interface IndexedHeader {
  readonly envelope: string;
  /** With CRLF line ends; null when the fields are too long. */
  readonly header: string | null;
}

/** Characters of the kept header fields of one message; of a message with more, none are kept. */
const HEADER_LENGTH_MAX = 64 * 1024;
/** Characters in which the name of a field, the blanks behind it and its colon are looked for. */
const NAME_LENGTH_MAX = 100;

/** Where the header section ends: at the first line without anything on it; -1 when the octets end before. */
export function headerEndOf(octets: Uint8Array): number {
  if (isEmptyLineAt(octets, 0)) return 0;
  for (let feed = octets.indexOf(LF); feed !== -1; feed = octets.indexOf(LF, feed + 1)) {
    if (isEmptyLineAt(octets, feed + 1)) return feed + 1;
  }
  return -1;
}

function isEmptyLineAt(octets: Uint8Array, at: number): boolean {
  return octets[at] === LF || (octets[at] === CR && octets[at + 1] === LF);
}

/** @param text the header section, one character for each octet, with any line ends */
export function readIndexedHeader(text: string): IndexedHeader {
  const values: EnvelopeValues = new Map();
  const kept: string[] = [];
  let keptLength = 0;
  for (let at = 0; at < text.length; ) {
    const end = fieldEnd(text, at);
    const name = nameAt(text, at);
    if (INDEXED_FIELDS.has(name)) {
      const field = text.slice(at, end);
      keptLength += field.length;
      if (keptLength <= HEADER_LENGTH_MAX) kept.push(field);
      addEnvelopeValue(values, name, unfold(field));
    }
    at = end;
  }
  return {
    envelope: formatEnvelopeOf(values),
    header: keptLength > HEADER_LENGTH_MAX ? null : kept.join('').replace(/\r?\n/g, '\r\n'),
  };
}

/** What stands before the first colon, in small letters and without the blanks behind it (RFC 5322, section 4.5.3). */
function nameAt(text: string, at: number): string {
  const colon = text.indexOf(':', at);
  if (colon === -1 || colon - at > NAME_LENGTH_MAX) return '';
  const name = text.slice(at, colon).toLowerCase();
  return name.endsWith(' ') || name.endsWith('\t') ? name.replace(/[ \t]+$/, '') : name;
}

/** Where the line that begins at `from` ends, with the lines that continue it (RFC 5322, section 2.2.3). */
function fieldEnd(text: string, from: number): number {
  for (let feed = text.indexOf('\n', from); feed !== -1; feed = text.indexOf('\n', feed + 1)) {
    const next = text.charCodeAt(feed + 1);
    if (next !== 0x20 && next !== 0x09) return feed + 1;
  }
  return text.length;
}

function unfold(field: string): string {
  const value = field.slice(field.indexOf(':') + 1);
  return (value.includes('\n') || value.includes('\0') ? value.replace(/\r?\n(?=[ \t])|\0/g, '') : value).trim();
}
