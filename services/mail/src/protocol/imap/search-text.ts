/** The text of a message that SEARCH looks through: RFC 3501, section 6.4.4: transfer encodings and encoded words are undone. */
import { decodeCharset } from '../charset.ts';
import { decodeEncodedWords } from '../encoded-word.ts';
import { fieldValue, type HeaderField } from '../header-section.ts';
import { decodeBase64, decodeQuotedPrintable } from '../transfer-encoding.ts';
import { type Entity, encodingOf, parameterOf } from './entity.ts';

/** Characters of a header field that are looked through. */
const VALUE_LENGTH_MAX = 16 * 1024;

/** The fields of a header, decoded, in small letters. */
export function searchableHeader(fields: readonly HeaderField[]): { name: string; value: string }[] {
  return fields.map((field) => ({
    name: field.name.toLowerCase(),
    value: decodeEncodedWords(fieldValue(field).slice(0, VALUE_LENGTH_MAX)).toLowerCase(),
  }));
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
    texts.push(...searchableHeader(entity.message.fields).map(({ name, value }) => `${name}: ${value}`));
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
