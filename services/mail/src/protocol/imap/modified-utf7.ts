/**
 * Modified UTF-7, in which names of mailboxes travel: RFC 3501, section 5.1.3. Printable US-ASCII stands for itself, `&-`
 * for `&`, and everything else is UTF-16 in base64 (with `,` for `/` and without padding) between `&` and `-`.
 */
import { ProtocolViolation } from '#shared/protocol-violation.ts';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,';
const CLAUSE = 'RFC 3501, section 5.1.3';

export function encodeModifiedUtf7(text: string): string {
  return text.replace(/&|[^\x20-\x7e]+/g, (run) => (run === '&' ? '&-' : `&${encodeRun(run)}-`));
}

/** @throws ProtocolViolation for everything that `encodeModifiedUtf7` would not write: a name has one form */
export function decodeModifiedUtf7(encoded: string): string {
  const text = encoded.replace(/&([^-]*)(-?)/g, (_, run: string, end: string) => {
    if (end === '') throw new ProtocolViolation('Cannot decode the name: a shift has no end', 0, CLAUSE);
    return run === '' ? '&' : decodeRun(run);
  });
  const isCanonical = !/[^\x20-\x7e]/.test(encoded) && isWellFormed(text) && encodeModifiedUtf7(text) === encoded;
  if (!isCanonical) throw new ProtocolViolation('Cannot decode the name: it is no modified UTF-7', 0, CLAUSE);
  return text;
}

function encodeRun(run: string): string {
  let encoded = '';
  let held = 0;
  let bits = 0;
  for (let at = 0; at < run.length; at += 1) {
    held = ((held & 0x3f) << 16) | run.charCodeAt(at);
    bits += 16;
    for (; bits >= 6; bits -= 6) encoded += BASE64.charAt((held >> (bits - 6)) & 0x3f);
  }
  return bits > 0 ? encoded + BASE64.charAt((held << (6 - bits)) & 0x3f) : encoded;
}

function decodeRun(run: string): string {
  let decoded = '';
  let held = 0;
  let bits = 0;
  for (const letter of run) {
    const value = BASE64.indexOf(letter);
    if (value === -1)
      throw new ProtocolViolation('Cannot decode the name: it has a character that is no base64', 0, CLAUSE);
    held = ((held & 0xffff) << 6) | value;
    bits += 6;
    if (bits < 16) continue;
    bits -= 16;
    decoded += String.fromCharCode((held >> bits) & 0xffff);
  }
  return decoded;
}

/** Whether every surrogate has its other half. */
function isWellFormed(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}
