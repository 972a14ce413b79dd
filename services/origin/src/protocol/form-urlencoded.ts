/** The body of a form as `application/x-www-form-urlencoded` (URL Standard, section 5.1). */

/** One field of a form as it was sent. */
export interface FormField {
  readonly name: string;
  /** The value as text; of a file, as much of it as is text. */
  readonly value: string;
  /** Octets of the value. */
  readonly octets: number;
  /** Name and media type of a file, where the field is one. */
  readonly file?: { readonly name: string; readonly mediaType: string };
}

/** Fields of one form; a form of a page has a dozen. */
export const FORM_FIELDS_MAX = 64;

/** The fields in the order in which they were sent; null when there are too many. */
export function decodeFormUrlencoded(octets: Uint8Array): readonly FormField[] | null {
  const text = new TextDecoder().decode(octets);
  const pairs = text.split('&', FORM_FIELDS_MAX + 1).filter((pair) => pair !== '');
  if (pairs.length > FORM_FIELDS_MAX) return null;
  return pairs.map((pair) => {
    const equals = pair.indexOf('=');
    const value = equals === -1 ? '' : decode(pair.slice(equals + 1));
    return {
      name: decode(equals === -1 ? pair : pair.slice(0, equals)),
      value,
      octets: new TextEncoder().encode(value).length,
    };
  });
}

/** A percent sign that encodes nothing stands for itself; octets that are no UTF-8 become U+FFFD. */
function decode(text: string): string {
  const plain = text.replaceAll('+', ' ');
  if (!plain.includes('%')) return plain;
  const octets = new TextEncoder().encode(plain);
  const decoded = new Uint8Array(octets.length);
  let length = 0;
  for (let at = 0; at < octets.length; at += 1) {
    const hex = octets[at] === 0x25 ? String.fromCharCode(octets[at + 1] ?? 0, octets[at + 2] ?? 0) : '';
    const isEncoded = /^[0-9A-Fa-f]{2}$/.test(hex);
    decoded[length] = isEncoded ? Number.parseInt(hex, 16) : octets[at]!;
    length += 1;
    if (isEncoded) at += 2;
  }
  return new TextDecoder().decode(decoded.subarray(0, length));
}
