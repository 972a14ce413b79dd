/** The octets that mail gives a meaning to, and the two ways between octets and text. */

export const CR = 0x0d;
export const LF = 0x0a;
export const SPACE = 0x20;
export const TAB = 0x09;
export const DOT = 0x2e;

/** Octets turned into characters in one call; more would overflow the stack of some engines. */
const CHARACTERS_PER_CALL = 8192;

/** One character for each octet, U+0000 to U+00FF: lossless, for looking at syntax. */
export function toBinaryText(octets: Uint8Array): string {
  let text = '';
  for (let at = 0; at < octets.length; at += CHARACTERS_PER_CALL) {
    // Spread would visit the octets one by one, which takes eight times as long.
    text += String.fromCharCode.apply(null, octets.subarray(at, at + CHARACTERS_PER_CALL) as unknown as number[]);
  }
  return text;
}

/** The inverse of `toBinaryText`; characters above U+00FF lose their upper bits. */
export function fromBinaryText(text: string): Uint8Array {
  const octets = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) octets[at] = text.charCodeAt(at);
  return octets;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Text for people: UTF-8 (RFC 6532), or ISO 8859-1 where the octets are no UTF-8. */
export function toText(octets: Uint8Array): string {
  try {
    return UTF8.decode(octets);
  } catch {
    return toBinaryText(octets);
  }
}

/** One array with the octets of all parts. */
export function joinOctets(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((octets, part) => octets + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
