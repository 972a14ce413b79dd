/**
 * Octets of a named character set as text: the MIME names of RFC 2046, section 4.1.2, as the Encoding Standard of browsers
 * reads them (euc-kr, iso-2022-jp, windows-1252 and some thirty more). UTF-7 is none of them, on purpose: text in it looks
 * like plain ASCII to every check that it passes.
 */
import { toText } from './octets.ts';
import { decodeUnifiedHangul } from './unified-hangul.ts';

/** Names that mail has for what is, or is a part of, UTF-8. */
const UTF_8 = ['', 'us-ascii', 'ascii', 'utf-8', 'utf8'];

/** Names that Korean mail has for KS X 1001 and code page 949: those of the Encoding Standard, and others that are as common. */
const KOREAN =
  /^(?:x-)?(?:(?:cp|ms|windows-?)949|uhc|(?:cs)?euc[-_]?kr|(?:cs)?ks[-_]?c[-_]?5601(?:[-_]?19(?:87|89|92))?|ks[-_]?x[-_]?1001|korean|iso-ir-149)$/;

/** Octets in the character set `label`; of an unknown one as `toText` reads them. */
export function decodeCharset(octets: Uint8Array, label: string): string {
  const name = label.trim().toLowerCase();
  if (UTF_8.includes(name)) return toText(octets);
  if (KOREAN.test(name)) return decodeUnifiedHangul(octets);
  try {
    return new TextDecoder(name).decode(octets);
  } catch {
    return toText(octets);
  }
}
