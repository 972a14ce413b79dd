/**
 * What a tracker answers over UDP (BEP 15). All numbers are in network order.
 *
 *     connect   | 0 (4) | transaction id (4) | connection id (8) |
 *     announce  | 1 (4) | transaction id (4) | interval (4) | leechers (4) | seeders (4) | peers, 6 or 18 each (BEP 7) |
 *     scrape    | 2 (4) | transaction id (4) | seeders (4) | completed (4) | leechers (4) | ... |
 *     error     | 3 (4) | transaction id (4) | message |
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import type { Endpoint } from '../report.ts';
import { PEERS_READ_MAX, SENTENCE_LENGTH_MAX } from './announce-response.ts';
import { decodeText } from './bencode-fields.ts';
import { type AddressFamily, COMPACT_PEER_OCTETS, decodeCompactPeers, encodeCompactPeers } from './compact-peers.ts';
import { UDP_ACTION } from './udp-tracker-request.ts';

export interface UdpAnnounceAnswer {
  readonly intervalS: number;
  readonly leechers: number;
  readonly seeders: number;
  readonly peers: readonly Endpoint[];
}

/** Numbers of one torrent; all are 0 for one that is not known. */
interface UdpScraped {
  readonly seeders: number;
  readonly completed: number;
  readonly leechers: number;
}

export type UdpTrackerResponse = { readonly transactionId: number } & (
  | { readonly kind: 'connect'; readonly connectionId: bigint }
  | ({ readonly kind: 'announce' } & UdpAnnounceAnswer)
  | { readonly kind: 'scrape'; readonly torrents: readonly UdpScraped[] }
  | { readonly kind: 'error'; readonly message: string }
);

const CLAUSE = 'BEP 15';
const HEAD_OCTETS = 8;
const CONNECT_OCTETS = 16;
const ANNOUNCE_HEAD_OCTETS = 20;
const SCRAPED_OCTETS = 12;
/** Octets of a datagram that passes everywhere in one piece: the least MTU of IPv6 less its head and that of UDP. */
const DATAGRAM_OCTETS_MAX = 1280 - 40 - 8;
const UINT32_MAX = 2 ** 32 - 1;

/** Peers of one answer, at most. */
export function udpPeersMax(family: AddressFamily): number {
  return Math.floor((DATAGRAM_OCTETS_MAX - ANNOUNCE_HEAD_OCTETS) / COMPACT_PEER_OCTETS[family]);
}

/** `family` is that of the addresses that the datagrams travel between. @throws RangeError for a peer of the other one */
export function encodeUdpResponse(response: UdpTrackerResponse, family: AddressFamily): Uint8Array<ArrayBuffer> {
  const body = bodyOf(response, family);
  const octets = new Uint8Array(HEAD_OCTETS + body.length);
  const view = viewOf(octets);
  view.setUint32(0, UDP_ACTION[response.kind]);
  view.setUint32(4, response.transactionId);
  octets.set(body, HEAD_OCTETS);
  return octets;
}

/** The transaction that a datagram belongs to, or null: one that is not awaited is no concern of ours. */
export function transactionOf(octets: Uint8Array): number | null {
  return octets.length < HEAD_OCTETS ? null : viewOf(octets).getUint32(4);
}

/** @throws ProtocolViolation */
export function decodeUdpResponse(octets: Uint8Array, family: AddressFamily): UdpTrackerResponse {
  const transactionId = transactionOf(octets);
  if (transactionId === null) throw new ProtocolViolation('The answer is too short', octets.length, CLAUSE);
  const view = viewOf(octets);
  const action = view.getUint32(0);
  switch (action) {
    case UDP_ACTION.connect:
      refuseShorter(octets, CONNECT_OCTETS);
      return { kind: 'connect', transactionId, connectionId: view.getBigUint64(HEAD_OCTETS) };
    case UDP_ACTION.announce:
      refuseShorter(octets, ANNOUNCE_HEAD_OCTETS);
      return { kind: 'announce', transactionId, ...decodeAnnounce(octets, family) };
    case UDP_ACTION.scrape:
      return { kind: 'scrape', transactionId, torrents: decodeScraped(view) };
    case UDP_ACTION.error: {
      const message = decodeText(octets.subarray(HEAD_OCTETS)).slice(0, SENTENCE_LENGTH_MAX);
      return { kind: 'error', transactionId, message };
    }
    default:
      throw new ProtocolViolation(`The action ${action} is unknown`, 0, CLAUSE);
  }
}

function bodyOf(response: UdpTrackerResponse, family: AddressFamily): Uint8Array {
  switch (response.kind) {
    case 'connect': {
      const octets = new Uint8Array(CONNECT_OCTETS - HEAD_OCTETS);
      viewOf(octets).setBigUint64(0, response.connectionId);
      return octets;
    }
    case 'announce': {
      const numbers = encodeNumbers([response.intervalS, response.leechers, response.seeders]);
      const peers = encodeCompactPeers(response.peers.slice(0, udpPeersMax(family)), family);
      const octets = new Uint8Array(numbers.length + peers.length);
      octets.set(numbers);
      octets.set(peers, numbers.length);
      return octets;
    }
    case 'scrape':
      return encodeNumbers(
        response.torrents.flatMap(({ seeders, completed, leechers }) => [seeders, completed, leechers]),
      );
    case 'error':
      return new TextEncoder().encode(response.message);
  }
}

function decodeAnnounce(octets: Uint8Array, family: AddressFamily): UdpAnnounceAnswer {
  const view = viewOf(octets);
  const peers = octets.subarray(ANNOUNCE_HEAD_OCTETS);
  // A datagram that was cut ends inside of a peer.
  const whole = peers.subarray(0, peers.length - (peers.length % COMPACT_PEER_OCTETS[family]));
  return {
    intervalS: view.getUint32(8),
    leechers: view.getUint32(12),
    seeders: view.getUint32(16),
    peers: decodeCompactPeers(whole, PEERS_READ_MAX, family),
  };
}

function decodeScraped(view: DataView): UdpScraped[] {
  return Array.from({ length: Math.floor((view.byteLength - HEAD_OCTETS) / SCRAPED_OCTETS) }, (_, nth) => {
    const at = HEAD_OCTETS + nth * SCRAPED_OCTETS;
    return { seeders: view.getUint32(at), completed: view.getUint32(at + 4), leechers: view.getUint32(at + 8) };
  });
}

function encodeNumbers(numbers: readonly number[]): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(numbers.length * 4);
  const view = viewOf(octets);
  for (const [nth, number] of numbers.entries()) view.setUint32(nth * 4, Math.min(number, UINT32_MAX));
  return octets;
}

function refuseShorter(octets: Uint8Array, least: number): void {
  if (octets.length < least) throw new ProtocolViolation('The answer is too short', octets.length, CLAUSE);
}

function viewOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
}
