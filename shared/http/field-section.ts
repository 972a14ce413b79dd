/**
 * Field lines: of a header section (RFC 9112, section 5) and of a trailer section (section 7.1.2).
 *
 *   field-line  = field-name ":" OWS field-value OWS CRLF
 *   field-name  = token
 *   field-value = *field-content                         ; RFC 9110, section 5.5: VCHAR, obs-text, SP and HTAB
 *
 * Nothing is mended: what one reader mends another reads otherwise. Text stands for octets, one character for each (Latin-1).
 */

import { ProtocolViolation } from '../protocol-violation.ts';
import { type Field, type Fields, isFieldValue, isToken } from './fields.ts';

/** Field lines of one section at most; browsers send about twenty. */
export const FIELD_LINES_MAX = 200;

/**
 * The fields of `text`: lines that each end with CRLF, without the empty line that ends the section.
 *
 * @param offset of `text` in the message, for what is said of faults
 * @throws ProtocolViolation
 */
export function parseFieldLines(text: string, offset = 0): Fields {
  const fields: Field[] = [];
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\r\n', at);
    if (end === -1)
      throw new ProtocolViolation('a field line does not end with CRLF', offset + at, 'RFC 9112, section 2.2');
    fields.push(parseFieldLine(text.slice(at, end), offset + at));
    at = end + 2;
  }
  return fields;
}

function parseFieldLine(line: string, offset: number): Field {
  const colon = line.indexOf(':');
  const first = line.charCodeAt(0);
  // RFC 9112, section 5.2: obs-fold; section 2.2: a blank before the first field.
  if (first === 32 || first === 9)
    throw new ProtocolViolation('a field line begins with a blank', offset, 'RFC 9112, section 5.2');
  if (colon === -1) throw new ProtocolViolation('a field line has no colon', offset, 'RFC 9112, section 5');
  const name = line.slice(0, colon);
  if (!isToken(name)) {
    // RFC 9112, section 5.1: no blank between the name and the colon.
    const what = /^[^ \t]+[ \t]+$/.test(name) ? 'a blank stands before the colon' : 'a field name is no token';
    throw new ProtocolViolation(what, offset, 'RFC 9112, section 5.1');
  }
  const value = withoutBlanks(line, colon + 1);
  if (!isFieldValue(value))
    throw new ProtocolViolation(`a control character is in the value of ${name}`, offset, 'RFC 9110, section 5.5');
  return [name, value];
}

/** Less OWS at both ends: SP and HTAB, and no other blank that `trim` would take for one. */
function withoutBlanks(line: string, from: number): string {
  let first = from;
  let last = line.length;
  while (first < last && isBlank(line.charCodeAt(first))) first += 1;
  while (last > first && isBlank(line.charCodeAt(last - 1))) last -= 1;
  return line.slice(first, last);
}

function isBlank(character: number): boolean {
  return character === 32 || character === 9;
}
