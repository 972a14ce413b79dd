/**
 * Octet strings: JavaScript strings whose characters U+0000 to U+00FF stand for one octet each. Labels and character
 * strings of DNS are octets of no character set (RFC 2181, section 11); as strings they compare, join and serve as keys.
 */

/** A string shorter than this is built one octet at a time; a longer one would become a tree of 32 bytes for each octet. */
const SHORT_OCTETS = 13;
/** Octets that are made characters by one call, at most: they are its arguments. */
const PIECE_OCTETS = 4_096;

/** The octets of `octets` from `start` to `end` as an octet string. */
export function octetString(octets: Uint8Array, start = 0, end = octets.length): string {
  let text = '';
  if (end - start < SHORT_OCTETS) {
    for (let at = start; at < end; at += 1) text += String.fromCharCode(octets[at]!);
    return text;
  }
  for (let at = start; at < end; at += PIECE_OCTETS) {
    // Not spread, which takes each octet by an iterator: five times as long.
    text += String.fromCharCode.apply(
      null,
      octets.subarray(at, Math.min(end, at + PIECE_OCTETS)) as Iterable<number> as number[],
    );
  }
  return text;
}

/** The octets that an octet string stands for. */
export function octetsOf(text: string): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) octets[at] = text.charCodeAt(at);
  return octets;
}

/** What a person typed, as the octets of its UTF-8. */
export function octetStringOfText(text: string): string {
  return /^[\0-\x7f]*$/.test(text) ? text : octetString(new TextEncoder().encode(text));
}

/** Two hexadecimal digits for each octet, in upper case as zone files print them. */
export function formatHex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0').toUpperCase()).join('');
}

/** The octets of hexadecimal text, or undefined where it is none. */
export function parseHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}
