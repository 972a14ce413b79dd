/**
 * The canonical peer priority (BEP 40): a number that both ends of a connection compute alike and nobody can choose. Peers
 * that have more candidates than places prefer the larger, and so the swarm becomes a random graph whatever the order in
 * which its members came, and an attacker with many addresses in one network does not get all places.
 *
 *     CRC-32C of both addresses, the smaller one first, masked with FF.FF.55.55
 *     in the same /16                                 masked with FF.FF.FF.55
 *     in the same /24                                 unmasked
 *     the same address                                of both ports, two octets each
 */
import type { Endpoint } from '../report.ts';
import { octetsOfAddress } from './compact-peers.ts';

const MASK_FAR = [0xff, 0xff, 0x55, 0x55] as const;
const MASK_SAME_16 = [0xff, 0xff, 0xff, 0x55] as const;
const MASK_SAME_24 = [0xff, 0xff, 0xff, 0xff] as const;
/** The polynomial of CRC-32C, Castagnoli's, its bits in reverse order. */
const POLYNOMIAL = 0x82f63b78;

/** The priority of a connection between `a` and `b`, from 0 to 2^32-1. @throws RangeError for what is no IPv4 address */
export function peerPriority(a: Endpoint, b: Endpoint): number {
  if (a.address === b.address) {
    const [low, high] = [a.port, b.port].sort((one, other) => one - other) as [number, number];
    return crc32c([low >> 8, low & 0xff, high >> 8, high & 0xff]);
  }
  const [one, other] = [octetsOfAddress(a.address), octetsOfAddress(b.address)];
  const mask = maskFor(one, other);
  const masked = [one, other].map((octets) => octets.map((octet, at) => octet & (mask[at] ?? 0)));
  return crc32c(masked.sort(compareOctets).flatMap((octets) => [...octets]));
}

function maskFor(a: Uint8Array, b: Uint8Array): readonly number[] {
  if (a[0] !== b[0] || a[1] !== b[1]) return MASK_FAR;
  return a[2] === b[2] ? MASK_SAME_24 : MASK_SAME_16;
}

function compareOctets(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((octet, nth) => octet !== b[nth]);
  return (a[at] ?? 0) - (b[at] ?? 0);
}

function crc32c(octets: readonly number[]): number {
  let crc = 0xffffffff;
  for (const octet of octets) {
    crc ^= octet;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
