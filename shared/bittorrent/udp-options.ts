/**
 * The options behind an announce over UDP (BEP 41), of which one is in use: path and query of the announce URL, as private
 * trackers give one to each of their users.
 *
 *     | 0 |   end of options       | 1 |   nothing       | 2 | length (1) | path and query |
 */
import { keyOfOctets, octetsOfKey } from './bencode.ts';

const OPTION = { endOfOptions: 0, nop: 1, urlData: 2 } as const;
const OPTION_OCTETS_MAX = 255;

/** Path and query, one character for each octet; options that are unknown are passed over, what is cut off is left out. */
export function decodeUrlData(options: Uint8Array): string {
  let urlData = '';
  for (let at = 0; at < options.length; ) {
    const type = options[at];
    if (type === OPTION.endOfOptions) break;
    const length = type === OPTION.nop ? 0 : (options[at + 1] ?? 0);
    const start = at + (type === OPTION.nop ? 1 : 2);
    if (start + length > options.length) break;
    if (type === OPTION.urlData) urlData += keyOfOctets(options.subarray(start, start + length));
    at = start + length;
  }
  return urlData;
}

/** What does not fit one option goes on in the next: they are to be concatenated. */
export function encodeUrlData(urlData: string): Uint8Array<ArrayBuffer> {
  const octets: number[] = [];
  for (let at = 0; at < urlData.length; at += OPTION_OCTETS_MAX) {
    const part = octetsOfKey(urlData.slice(at, at + OPTION_OCTETS_MAX));
    octets.push(OPTION.urlData, part.length, ...part);
  }
  return Uint8Array.from(octets);
}
