/**
 * What a peer asks of a tracker over UDP (BEP 15). All numbers are in network order.
 *
 *     connect   | 0x41727101980 (8) | 0 (4) | transaction id (4) |
 *     announce  | connection id (8) | 1 (4) | transaction id (4) | info hash (20) | peer id (20) | downloaded (8) | left (8) |
 *               | uploaded (8) | event (4) | IP address (4) | key (4) | num want (4) | port (2) | options (BEP 41) |
 *     scrape    | connection id (8) | 2 (4) | transaction id (4) | info hash (20) | ... |
 *
 * A source address of UDP is easily forged. The tracker therefore gives a connection id to that address first, and answers at
 * length only to who can repeat it: `decodeUdpHead` reads what shows that, and the rest is read afterwards.
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import type { Endpoint } from '../report.ts';
import type { AnnounceEvent, AnnounceRequest } from './announce-request.ts';
import { octetsOfAddress } from './compact-peers.ts';
import { formatHash, HASH_OCTETS } from './info-hash.ts';
import { decodeUrlData, encodeUrlData } from './udp-options.ts';

/** Stands in the place of the connection id in a connect: the "magic constant". */
export const UDP_PROTOCOL_ID = 0x41727101980n;
/** What a message is; the answer to it has the same number, or that of an error. */
export const UDP_ACTION = { connect: 0, announce: 1, scrape: 2, error: 3 } as const;
/** Torrents of one scrape: "up to about 74 torrents can be scraped at once". */
export const UDP_SCRAPE_MAX = 74;

export interface UdpHead {
  readonly connectionId: bigint;
  readonly action: number;
  readonly transactionId: number;
}

/** An announce; the options of BEP 41 carry path and query of the announce URL. */
export interface UdpAnnounce {
  readonly request: AnnounceRequest;
  /** Path and query of the announce URL, one character for each octet; empty where none was sent. */
  readonly urlData: string;
}

const CLAUSE = 'BEP 15';
const HEAD_OCTETS = 16;
const ANNOUNCE_OCTETS = 98;
const AT = { infoHash: 16, peerId: 36, downloaded: 56, left: 64, uploaded: 72, event: 80, key: 88, want: 92, port: 96 };
/** The events by their numbers. BEP 21 has none for UDP: 4 is what libtorrent sends for its `paused`. */
const EVENTS: readonly (AnnounceEvent | null)[] = [null, 'completed', 'started', 'stopped', 'paused'];
/** The default of `num want`: the tracker decides. */
const WANT_DEFAULT = -1;

/** @throws ProtocolViolation for what is shorter than its action says; nothing is answered to it */
export function decodeUdpHead(octets: Uint8Array): UdpHead {
  if (octets.length < HEAD_OCTETS) throw new ProtocolViolation('The datagram is too short', octets.length, CLAUSE);
  const view = viewOf(octets);
  const action = view.getUint32(8);
  if (action === UDP_ACTION.announce && octets.length < ANNOUNCE_OCTETS) {
    throw new ProtocolViolation('The announce is too short', octets.length, CLAUSE);
  }
  return { connectionId: view.getBigUint64(0), action, transactionId: view.getUint32(12) };
}

/** Reads an announce whose head was read. @throws ProtocolViolation, to be told to the peer */
export function decodeUdpAnnounce(octets: Uint8Array): UdpAnnounce {
  const view = viewOf(octets);
  const event = EVENTS[view.getUint32(AT.event)];
  if (event === undefined) throw new ProtocolViolation('The event is unknown', AT.event, CLAUSE);
  const port = view.getUint16(AT.port);
  if (port === 0) throw new ProtocolViolation('"port" must be from 1 to 65535 and is 0', AT.port, CLAUSE);
  const want = view.getInt32(AT.want);
  const key = octets.subarray(AT.key, AT.want);
  const request: AnnounceRequest = {
    infoHash: octets.slice(AT.infoHash, AT.peerId),
    peerId: octets.slice(AT.peerId, AT.downloaded),
    port,
    uploaded: countOf(view.getBigUint64(AT.uploaded)),
    downloaded: countOf(view.getBigUint64(AT.downloaded)),
    left: countOf(view.getBigUint64(AT.left)),
    event,
    // The address that stands before the key is that of nobody who has proved it (BEP 7, last section): it is not read.
    numwant: want < 0 ? null : want,
    compact: true,
    noPeerId: false,
    key: key.every((octet) => octet === 0) ? null : formatHash(key),
  };
  return { request, urlData: decodeUrlData(octets.subarray(ANNOUNCE_OCTETS)) };
}

/** The info hashes of a scrape whose head was read; what is too much or cut off is left out. */
export function decodeUdpScrape(octets: Uint8Array): Uint8Array[] {
  const count = Math.min(UDP_SCRAPE_MAX, Math.floor((octets.length - HEAD_OCTETS) / HASH_OCTETS));
  return Array.from({ length: count }, (_, nth) => {
    return octets.slice(HEAD_OCTETS + nth * HASH_OCTETS, HEAD_OCTETS + (nth + 1) * HASH_OCTETS);
  });
}

export function encodeUdpConnect(transactionId: number): Uint8Array<ArrayBuffer> {
  return withHead({ connectionId: UDP_PROTOCOL_ID, action: UDP_ACTION.connect, transactionId }, HEAD_OCTETS);
}

export function encodeUdpAnnounce(
  head: Omit<UdpHead, 'action'>,
  { request, urlData }: UdpAnnounce,
): Uint8Array<ArrayBuffer> {
  const options = encodeUrlData(urlData);
  const octets = withHead({ ...head, action: UDP_ACTION.announce }, ANNOUNCE_OCTETS + options.length);
  const view = viewOf(octets);
  octets.set(request.infoHash, AT.infoHash);
  octets.set(request.peerId, AT.peerId);
  view.setBigUint64(AT.downloaded, BigInt(request.downloaded));
  // Who does not know yet what it lacks lacks as much as can be.
  view.setBigUint64(AT.left, BigInt(request.left ?? Number.MAX_SAFE_INTEGER));
  view.setBigUint64(AT.uploaded, BigInt(request.uploaded));
  view.setUint32(AT.event, EVENTS.indexOf(request.event));
  view.setUint32(AT.key, /^[0-9a-f]{1,8}$/i.test(request.key ?? '') ? Number.parseInt(request.key ?? '', 16) : 0);
  view.setInt32(AT.want, request.numwant ?? WANT_DEFAULT);
  view.setUint16(AT.port, request.port);
  octets.set(options, ANNOUNCE_OCTETS);
  return octets;
}

export function encodeUdpScrape(
  head: Omit<UdpHead, 'action'>,
  infoHashes: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const octets = withHead({ ...head, action: UDP_ACTION.scrape }, HEAD_OCTETS + infoHashes.length * HASH_OCTETS);
  for (const [nth, infoHash] of infoHashes.entries()) octets.set(infoHash, HEAD_OCTETS + nth * HASH_OCTETS);
  return octets;
}

/**
 * The exchange of what is said about one transaction. The protocol has no field for one, but both ends know who asks and the
 * transaction id: they make the same name of them.
 */
export function exchangeOfTransaction(client: Endpoint, transactionId: number): string {
  const hexadecimal = (number: number, digits: number) => number.toString(16).padStart(digits, '0');
  return `udp-${formatHash(octetsOfAddress(client.address))}${hexadecimal(client.port, 4)}.${hexadecimal(transactionId, 8)}`;
}

function withHead(head: UdpHead, length: number): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(length);
  const view = viewOf(octets);
  view.setBigUint64(0, head.connectionId);
  view.setUint32(8, head.action);
  view.setUint32(12, head.transactionId);
  return octets;
}

/** Clients that do not know a count yet send the largest number that they have. */
function countOf(count: bigint): number {
  return count > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(count);
}

function viewOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
}
