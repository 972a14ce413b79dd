/** Octets of a named character set as text. */
import { toText } from './octets.ts';

/** Octets in the character set `label` (a MIME name, RFC 2046, section 4.1.2); of an unknown one as `toText` reads them. */
export function decodeCharset(octets: Uint8Array, label: string): string {
  const name = label.trim().toLowerCase();
  if (name === '' || name === 'us-ascii' || name === 'utf-8' || name === 'utf8') return toText(octets);
  try {
    return new TextDecoder(name).decode(octets);
  } catch {
    return toText(octets);
  }
}
