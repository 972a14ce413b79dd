/** Octets as text in base 32 with the extended hexadecimal alphabet, without padding (RFC 4648, section 7; RFC 5155). */

const ALPHABET = '0123456789abcdefghijklmnopqrstuv';

export function formatBase32(octets: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const octet of octets) {
    value = ((value << 8) | octet) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(value >> (bits - 5)) & 31];
  }
  return bits === 0 ? text : text + ALPHABET[(value << (5 - bits)) & 31];
}

/** The octets of `text`, in upper or lower case, or undefined where it is not of that alphabet. */
export function parseBase32(text: string): Uint8Array<ArrayBuffer> | undefined {
  const octets: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of text.toLowerCase()) {
    const five = ALPHABET.indexOf(letter);
    if (five === -1) return undefined;
    value = ((value << 5) | five) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      octets.push((value >> bits) & 0xff);
    }
  }
  return Uint8Array.from(octets);
}
