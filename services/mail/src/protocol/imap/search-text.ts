/** The text of a message that SEARCH looks through: RFC 3501, section 6.4.4: transfer encodings and encoded words are undone. */
import { decodeCharset } from '../charset.ts';
import { decodeEncodedWords } from '../encoded-word.ts';
import { fieldValue, type HeaderField, splitHeaderSection, unfold } from '../header-section.ts';
import { fromBinaryText, toText } from '../octets.ts';
import { decodeBase64, decodeQuotedPrintable } from '../transfer-encoding.ts';
import { type Entity, encodingOf, parameterOf } from './entity.ts';
import { FieldFinder } from './field-finder.ts';
import type { SearchableHeader } from './search-match.ts';

/** Characters of a header field that are looked through. */
const VALUE_LENGTH_MAX = 16 * 1024;

/** A header that was read: all its fields. Each is decoded once, however many keys ask for it. */
export function wholeHeader(fields: readonly HeaderField[]): SearchableHeader {
  let byName: Map<string, readonly HeaderField[]> | null = null;
  const known = new Map<string, readonly string[]>();
  let lines: readonly string[] | null = null;
  return {
    isWhole: true,
    values: (name) => {
      byName ??= Map.groupBy(fields, (field) => field.name.toLowerCase());
      const values = known.get(name) ?? (byName.get(name) ?? []).map(searchableValue);
      known.set(name, values);
      return values;
    },
    lines: () => {
      lines ??= fields.map(searchableLine);
      return lines;
    },
  };
}

/**
 * Reads the fields that the index keeps of one message after another (see INDEXED_FIELDS), one character for each octet. Each
 * is found and decoded when it is asked for: most searches ask for one or two.
 */
export class IndexedHeaders {
  readonly #finders = new Map<string, FieldFinder>();

  header(text: string): SearchableHeader {
    let [lastName, lastValues]: [string, readonly string[]] = ['', []];
    let lines: readonly string[] | null = null;
    return {
      isWhole: false,
      values: (name) => {
        // Several keys in a row ask for the same field.
        if (name !== lastName) [lastName, lastValues] = [name, this.#finder(name).values(text).map(searchableText)];
        return lastValues;
      },
      lines: () => {
        lines ??= splitHeaderSection(fromBinaryText(text)).fields.map(searchableLine);
        return lines;
      },
    };
  }

  #finder(name: string): FieldFinder {
    const finder = this.#finders.get(name) ?? new FieldFinder(name);
    this.#finders.set(name, finder);
    return finder;
  }
}

/** Most fields are US-ASCII, which is text as it stands; and most of these have no encoded words. */
function searchableText(value: string): string {
  const text = /[\x80-\xff]/.test(value) ? toText(fromBinaryText(value)) : value;
  return searchable(unfold(text));
}

function searchableLine(field: HeaderField): string {
  return `${field.name.toLowerCase()}: ${searchableValue(field)}`;
}

function searchableValue(field: HeaderField): string {
  return searchable(fieldValue(field));
}

function searchable(value: string): string {
  const looked = value.slice(0, VALUE_LENGTH_MAX);
  return (looked.includes('=?') ? decodeEncodedWords(looked) : looked).toLowerCase();
}

/** The text of all text parts, and the headers of the messages inside, in small letters. */
export function searchableBody(entity: Entity, message: Uint8Array): string {
  const texts: string[] = [];
  collect(entity, message, texts);
  return texts.join('\n').toLowerCase();
}

function collect(entity: Entity, message: Uint8Array, texts: string[]): void {
  for (const part of entity.parts) collect(part, message, texts);
  if (entity.message !== null) {
    texts.push(...wholeHeader(entity.message.fields).lines());
    collect(entity.message, message, texts);
  }
  if (entity.parts.length > 0 || !entity.mediaType.value.startsWith('text/')) return;
  const body = message.subarray(entity.bodyFrom, entity.bodyTo);
  texts.push(
    decodeCharset(decodeBody(body, encodingOf(entity.fields)), parameterOf(entity.mediaType, 'charset') ?? ''),
  );
}

function decodeBody(body: Uint8Array, encoding: string): Uint8Array {
  if (encoding === 'base64') return decodeBase64(body);
  return encoding === 'quoted-printable' ? decodeQuotedPrintable(body) : body;
}
