/** The body of a form as `multipart/form-data` (RFC 7578; the framing is that of RFC 2046, section 5.1.1). */

import { unquote } from '#shared/http/fields.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { FORM_FIELDS_MAX, type FormField } from './form-urlencoded.ts';

/** Octets of the header section of one part. */
const PART_HEAD_OCTETS_MAX = 1_024;
/** Characters of a value that are shown. */
const VALUE_CHARACTERS_MAX = 2_000;

const CRLF = [0x0d, 0x0a];
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=?]{1,70}$/;

/** The boundary that a Content-Type names, or null: 1 to 70 characters (RFC 2046, section 5.1.1). */
export function boundaryOf(contentType: string): string | null {
  const given = /;\s*boundary=("(?:[^"\\]|\\.)*"|[^;\s]*)/i.exec(contentType)?.[1];
  const boundary = given === undefined ? '' : unquote(given);
  return BOUNDARY.test(boundary) ? boundary : null;
}

/** The fields in the order in which they were sent. @throws ProtocolViolation */
export function decodeFormMultipart(octets: Uint8Array, boundary: string): readonly FormField[] {
  const delimiter = ascii(`--${boundary}`);
  const between = Uint8Array.from([...CRLF, ...delimiter]);
  const fields: FormField[] = [];
  // What stands before the first delimiter is a preamble, for readers who know no parts.
  let at = startsAt(octets, delimiter, 0) ? 0 : afterCrlf(find(octets, between, 0));
  for (;;) {
    if (at === -1)
      throw new ProtocolViolation('the form has no last delimiter', octets.length, 'RFC 2046, section 5.1.1');
    at += delimiter.length;
    if (octets[at] === 0x2d && octets[at + 1] === 0x2d) return fields;
    at = afterLine(octets, at);
    const end = find(octets, between, Math.max(0, at - CRLF.length));
    if (end === -1) throw new ProtocolViolation('a part of the form has no end', at, 'RFC 2046, section 5.1.1');
    if (fields.length >= FORM_FIELDS_MAX)
      throw new ProtocolViolation(`the form has more than ${FORM_FIELDS_MAX} fields`, at, 'RFC 7578, section 4.2');
    fields.push(decodePart(octets.subarray(at, Math.max(at, end)), at));
    at = afterCrlf(end);
  }
}

function decodePart(part: Uint8Array, offset: number): FormField {
  const end = part[0] === 0x0d && part[1] === 0x0a ? 0 : find(part, Uint8Array.from([...CRLF, ...CRLF]), 0);
  if (end === -1 || end > PART_HEAD_OCTETS_MAX)
    throw new ProtocolViolation('a part of the form has no header section', offset, 'RFC 2046, section 5.1');
  const lines = new TextDecoder().decode(part.subarray(0, end)).split('\r\n');
  const body = part.subarray(end === 0 ? CRLF.length : end + 2 * CRLF.length);
  const disposition = headerOf(lines, 'content-disposition');
  const name = parameterOf(disposition, 'name');
  if (!/^form-data\b/i.test(disposition) || name === null)
    throw new ProtocolViolation('a part of the form has no name', offset, 'RFC 7578, section 4.2');
  const fileName = parameterOf(disposition, 'filename');
  const value = new TextDecoder().decode(body).slice(0, VALUE_CHARACTERS_MAX);
  if (fileName === null) return { name, value, octets: body.length };
  // RFC 7578, section 4.4: text/plain where a part says nothing.
  const mediaType = headerOf(lines, 'content-type') || 'text/plain';
  return { name, value, octets: body.length, file: { name: fileName, mediaType } };
}

function headerOf(lines: readonly string[], name: string): string {
  const line = lines.find((text) => text.toLowerCase().startsWith(`${name}:`)) ?? '';
  return line.slice(line.indexOf(':') + 1).trim();
}

/** The value of a parameter; browsers write `"` in it as `%22` (RFC 7578, section 2). */
function parameterOf(header: string, name: string): string | null {
  const given = new RegExp(`;\\s*${name}=("(?:[^"\\\\]|\\\\.)*"|[^;\\s]*)`, 'i').exec(header)?.[1];
  return given === undefined ? null : unquote(given).replaceAll('%22', '"');
}

/** The place after the rest of a delimiter's line, which may have blanks. */
function afterLine(octets: Uint8Array, at: number): number {
  let place = at;
  while (octets[place] === 0x20 || octets[place] === 0x09) place += 1;
  if (octets[place] !== 0x0d || octets[place + 1] !== 0x0a)
    throw new ProtocolViolation('a delimiter of the form is not alone on its line', place, 'RFC 2046, section 5.1.1');
  return place + CRLF.length;
}

function afterCrlf(at: number): number {
  return at === -1 ? -1 : at + CRLF.length;
}

/** The place of `wanted`, or -1; it begins with an octet that is rare, so that each place is looked at once or twice. */
function find(octets: Uint8Array, wanted: Uint8Array, from: number): number {
  for (let at = octets.indexOf(wanted[0]!, from); at !== -1; at = octets.indexOf(wanted[0]!, at + 1)) {
    if (startsAt(octets, wanted, at)) return at;
  }
  return -1;
}

function startsAt(octets: Uint8Array, wanted: Uint8Array, at: number): boolean {
  for (let place = 0; place < wanted.length; place += 1) if (octets[at + place] !== wanted[place]) return false;
  return true;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
