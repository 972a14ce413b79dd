/**
 * Sets of record types (RFC 4034, section 4.1.2; NSEC, NSEC3, CSYNC): for each block of 256 types that has one of them,
 * the number of the block, a length of 1 to 32, and that many octets of bits, the first type in the highest bit.
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import { formatType, parseType } from './registry.ts';

const CLAUSE = 'RFC 4034, section 4.1.2';
const BITMAP_OCTETS_MAX = 32;

/** The octets of a set from the names of its types. @throws ProtocolViolation */
export function parseTypeBitmap(words: readonly string[]): Uint8Array<ArrayBuffer> {
  const blocks = Map.groupBy(new Set(words.map(parseType)), (type) => type >> 8);
  const octets: number[] = [];
  for (const block of [...blocks.keys()].sort((one, other) => one - other)) {
    const bits = new Uint8Array(BITMAP_OCTETS_MAX);
    for (const type of blocks.get(block) ?? []) bits[(type & 0xff) >> 3]! |= 0x80 >> (type & 7);
    const length = bits.findLastIndex((octet) => octet !== 0) + 1;
    octets.push(block, length, ...bits.subarray(0, length));
  }
  return Uint8Array.from(octets);
}

/** The names of the types in a set, in the order of their numbers. @throws ProtocolViolation where the octets are no set */
export function formatTypeBitmap(octets: Uint8Array): string {
  const names: string[] = [];
  let blockBefore = -1;
  for (let at = 0; at < octets.length; ) {
    const [block, length] = [octets[at]!, octets[at + 1] ?? 0];
    const isBlock =
      block > blockBefore && length >= 1 && length <= BITMAP_OCTETS_MAX && at + 2 + length <= octets.length;
    if (!isBlock) throw new ProtocolViolation('Cannot read the set of types: a block is damaged', at, CLAUSE);
    for (let bit = 0; bit < 8 * length; bit += 1) {
      if ((octets[at + 2 + (bit >> 3)]! & (0x80 >> (bit & 7))) !== 0) names.push(formatType((block << 8) | bit));
    }
    blockBefore = block;
    at += 2 + length;
  }
  return names.join(' ');
}
