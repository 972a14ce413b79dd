/**
 * The query of an announce or scrape URL, read by octets (RFC 3986, section 2.1). An info hash is 20 arbitrary octets, not
 * text: `URLSearchParams` would read it as UTF-8 and "+" as a blank, and so name another torrent.
 */
import { ProtocolViolation } from '../protocol-violation.ts';

/** Parameters of one query, at most: an announce has about ten, a scrape one for each torrent. */
const PARAMETERS_MAX = 128;

export interface QueryParameter {
  readonly name: string;
  readonly value: Uint8Array;
}

/** `query` is what follows "?", one character for each octet as it was on the wire. @throws ProtocolViolation */
export function parseQueryOctets(query: string): QueryParameter[] {
  const parameters: QueryParameter[] = [];
  let offset = 0;
  for (const field of query.split('&', PARAMETERS_MAX + 1)) {
    if (parameters.length === PARAMETERS_MAX)
      throw new ProtocolViolation('Too many parameters', offset, 'RFC 3986, section 3.4');
    const equals = field.includes('=') ? field.indexOf('=') : field.length;
    const value = percentDecode(field.slice(equals + 1), offset + equals + 1);
    if (field !== '') parameters.push({ name: field.slice(0, equals), value });
    offset += field.length + 1;
  }
  return parameters;
}

/** Every octet as itself where a URL allows it, otherwise as `%xx`. */
export function percentEncode(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) {
    const character = String.fromCharCode(octet);
    text += /[A-Za-z0-9._~-]/.test(character) ? character : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}

function percentDecode(text: string, offset: number): Uint8Array {
  const octets = new Uint8Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '%') {
      const octet = 16 * hexadecimal(text.charCodeAt(at + 1)) + hexadecimal(text.charCodeAt(at + 2));
      if (Number.isNaN(octet)) {
        throw new ProtocolViolation('"%" without two hexadecimal digits', offset + at, 'RFC 3986, section 2.1');
      }
      octets[length++] = octet;
      at += 2;
    } else {
      octets[length++] = text.charCodeAt(at) & 0xff;
    }
  }
  return octets.subarray(0, length);
}

/** The value of a digit; not a number where `code` is none. */
function hexadecimal(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  // In ASCII a small letter is its capital with one bit more.
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : Number.NaN;
}
