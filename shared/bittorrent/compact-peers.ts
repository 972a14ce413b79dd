/**
 * Compact lists of peers: the address and the port of each, in network order. IPv4 has six octets for a peer (BEP 23), IPv6
 * has eighteen and lists of its own (BEP 7).
 *
 *     | 10 | 53 | 31 | 1 | port (2) |   next peer ...
 */
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../dns/address-text.ts';
import { ProtocolViolation } from '../protocol-violation.ts';
import type { Endpoint } from '../report.ts';

export type AddressFamily = 'IPv4' | 'IPv6';

const PORT_OCTETS = 2;
const ADDRESS_OCTETS = { IPv4: 4, IPv6: 16 } as const;
const CLAUSE = { IPv4: 'BEP 23', IPv6: 'BEP 7' } as const;

/** Octets of one peer in a list. */
export const COMPACT_PEER_OCTETS = { IPv4: 6, IPv6: 18 } as const;

/** The family of an address as text. */
export function familyOf(address: string): AddressFamily {
  return address.includes(':') ? 'IPv6' : 'IPv4';
}

/** @throws RangeError for what is no address of the family */
export function encodeCompactPeers(
  peers: readonly Endpoint[],
  family: AddressFamily = 'IPv4',
): Uint8Array<ArrayBuffer> {
  const stride = COMPACT_PEER_OCTETS[family];
  const octets = new Uint8Array(peers.length * stride);
  peers.forEach((peer, nth) => {
    const address = parseAddress(peer.address);
    if (address.length !== ADDRESS_OCTETS[family]) throw new RangeError(`"${peer.address}" is no ${family} address`);
    const portAt = nth * stride + address.length;
    octets.set(address, nth * stride);
    octets[portAt] = peer.port >> 8;
    octets[portAt + 1] = peer.port & 0xff;
  });
  return octets;
}

/** The first `peersMax` peers of a list. @throws ProtocolViolation when its length is no multiple of what one peer has */
export function decodeCompactPeers(octets: Uint8Array, peersMax: number, family: AddressFamily = 'IPv4'): Endpoint[] {
  const stride = COMPACT_PEER_OCTETS[family];
  if (octets.length % stride !== 0) {
    const what = `Compact peers are ${stride} octets each and not ${octets.length} together`;
    throw new ProtocolViolation(what, 0, CLAUSE[family]);
  }
  const peers: Endpoint[] = [];
  const end = Math.min(octets.length, peersMax * stride);
  for (let at = 0; at < end; at += stride) {
    const portAt = at + stride - PORT_OCTETS;
    const port = (octets[portAt] ?? 0) * 256 + (octets[portAt + 1] ?? 0);
    peers.push({ address: formatAddress(octets.subarray(at, portAt)), port });
  }
  return peers;
}

/** The octets of an address, four or sixteen. @throws RangeError */
export function octetsOfAddress(address: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parseAddress(address));
}

/** An address of four or sixteen octets as text. */
export function formatAddress(octets: Uint8Array): string {
  return octets.length === ADDRESS_OCTETS.IPv6 ? formatIpv6(octets) : formatIpv4(octets);
}

function parseAddress(address: string): number[] {
  const octets = familyOf(address) === 'IPv6' ? parseIpv6(address) : parseIpv4(address);
  if (octets === undefined) throw new RangeError(`"${address}" is no IP address`);
  return octets;
}
