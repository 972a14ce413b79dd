/**
 * Compact lists of peers (BEP 23): six octets for each, the IPv4 address and the port, both in network order.
 *
 *     | 10 | 53 | 31 | 1 | port (2) |   next peer ...
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import type { Endpoint } from '../report.ts';

const PEER_OCTETS = 6;
const ADDRESS_OCTETS = 4;

/** @throws RangeError for what is no IPv4 address */
export function encodeCompactPeers(peers: readonly Endpoint[]): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(peers.length * PEER_OCTETS);
  peers.forEach((peer, nth) => {
    octets.set(octetsOfAddress(peer.address), nth * PEER_OCTETS);
    octets[nth * PEER_OCTETS + 4] = peer.port >> 8;
    octets[nth * PEER_OCTETS + 5] = peer.port & 0xff;
  });
  return octets;
}

/** @throws ProtocolViolation when the length is no multiple of six */
export function decodeCompactPeers(octets: Uint8Array): Endpoint[] {
  if (octets.length % PEER_OCTETS !== 0) {
    throw new ProtocolViolation(
      `Compact peers are ${PEER_OCTETS} octets each and not ${octets.length} together`,
      0,
      'BEP 23',
    );
  }
  const peers: Endpoint[] = [];
  for (let at = 0; at < octets.length; at += PEER_OCTETS) {
    const [high = 0, low = 0] = octets.subarray(at + ADDRESS_OCTETS, at + PEER_OCTETS);
    peers.push({ address: octets.subarray(at, at + ADDRESS_OCTETS).join('.'), port: high * 256 + low });
  }
  return peers;
}

/** The four octets of an IPv4 address in dotted form. @throws RangeError */
export function octetsOfAddress(address: string): Uint8Array<ArrayBuffer> {
  const octets = address.split('.').map(Number);
  if (octets.length !== ADDRESS_OCTETS || octets.some((octet) => !(octet >= 0 && octet <= 255))) {
    throw new RangeError(`"${address}" is no IPv4 address`);
  }
  return Uint8Array.from(octets);
}
