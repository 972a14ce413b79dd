import type { Name } from '#shared/dns/name.ts';

/**
 * `name` with its letters in upper or lower case as the bits of `random` say. Servers repeat a question as it came, so
 * each letter is a bit that a forger must guess (draft-vixie-dnsext-dns0x20).
 *
 * @param random eight letters for each octet; letters beyond stay as they are.
 */
export function mixCase(name: Name, random: Uint8Array): Name {
  let bit = 0;
  const mixLetter = (letter: string): string => {
    const octet = random[bit >> 3];
    if (octet === undefined) return letter;
    const isUpper = ((octet >> (bit & 7)) & 1) === 1;
    bit += 1;
    return isUpper ? letter.toUpperCase() : letter.toLowerCase();
  };
  return name.map((label) => label.replace(/[A-Za-z]/g, mixLetter));
}
