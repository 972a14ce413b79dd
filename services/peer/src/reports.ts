import type { AnnounceRequest } from '#shared/bittorrent/announce-request.ts';
import type { AnnounceResponse } from '#shared/bittorrent/announce-response.ts';
import { octetsOfAddress } from '#shared/bittorrent/compact-peers.ts';
import { formatHash, formatPeerId } from '#shared/bittorrent/info-hash.ts';
import type { Metainfo } from '#shared/bittorrent/metainfo.ts';
import type { Block, PeerMessage } from '#shared/bittorrent/peer-message.ts';
import type { PieceSet } from '#shared/bittorrent/piece-set.ts';
import { type Endpoint, formatEndpoint, type ReportInput } from '#shared/report.ts';
import { describeExtended } from './extended-report.ts';
import type { Pick } from './protocol/piece-picker.ts';
import type { SwarmPolicy } from './protocol/policy.ts';

/** Octets of a bitfield that are reported: 4,096 pieces. */
const REPORTED_BITS_OCTETS_MAX = 512;

/** A connection between two peers, seen from this end. */
export interface Line {
  readonly isDialled: boolean;
  readonly here: Endpoint;
  readonly there: Endpoint;
}

/**
 * The exchange of a connection. The peer protocol has no field for one, but both ends know the two endpoints: they make the
 * same name of them, the dialling one first.
 */
export function exchangeOf({ isDialled, here, there }: Line): string {
  const [dialler, listener] = isDialled ? [here, there] : [there, here];
  const hexadecimal = ({ address, port }: Endpoint) =>
    formatHash(octetsOfAddress(address)) + port.toString(16).padStart(4, '0');
  return `bt-${hexadecimal(dialler)}.${hexadecimal(listener)}`;
}

/** Requests and blocks: by far the most messages, each of which says little. */
export function isAboutBlock(message: PeerMessage): boolean {
  const { kind } = message;
  return kind === 'request' || kind === 'piece' || kind === 'cancel' || kind === 'reject';
}

export function handshakeReport(
  line: Line,
  direction: 'sent' | 'received',
  peerId: Uint8Array,
  infoHash: Uint8Array,
  cause?: string,
): ReportInput {
  const message = { infoHash: formatHash(infoHash), peerId: formatPeerId(peerId) };
  return {
    kind: 'bittorrent.handshake',
    ...ends(line, direction),
    cause,
    summary: `handshake of ${message.peerId}`,
    message,
  };
}

export function messageReport(
  line: Line,
  direction: 'sent' | 'received',
  message: PeerMessage,
  because?: string,
): ReportInput {
  const kind = `bittorrent.${message.kind.replace(' ', '-')}`;
  return { kind, ...ends(line, direction), ...described(message), because };
}

/** A block that was sent. */
export function blockReport(line: Line, { index, begin, length }: Block): ReportInput {
  return { kind: 'bittorrent.piece', ...ends(line, 'sent'), ...describedBlock(index, begin, length) };
}

export function closeReport(line: Line, because: string): ReportInput {
  const summary = `connection with ${formatEndpoint(line.there)} closed`;
  return { kind: 'bittorrent.close', exchange: exchangeOf(line), summary, because };
}

export function pickReport(line: Line, { block, mode, because }: Pick): ReportInput {
  const summary =
    mode === 'endgame' ? `asks for a block of piece ${block.index} once more` : `starts piece ${block.index}`;
  return {
    kind: 'bittorrent.pick',
    exchange: exchangeOf(line),
    to: line.there,
    summary,
    message: { ...block, mode },
    because,
  };
}

interface CheckedPiece {
  readonly index: number;
  readonly isRight: boolean;
  /** Addresses with the number of their blocks. */
  readonly givers: ReadonlyMap<string, number>;
  /** Neighbours that get a `have` for it. */
  readonly told?: number;
}

/** The hash of a piece is right or wrong. */
export function pieceReport(
  exchange: string,
  { infoHash }: Metainfo,
  { index, isRight, givers, told = 0 }: CheckedPiece,
): ReportInput {
  const from = [...givers].map(([address, blocks]) => `${blocks} blocks from ${address}`).join(', ');
  return {
    kind: isRight ? 'bittorrent.verified' : 'bittorrent.wrong',
    exchange,
    summary: `piece ${index}: ${from}${isRight ? `; have to ${told}` : ''}`,
    message: { infoHash: formatHash(infoHash), index, givers: Object.fromEntries(givers), told },
    because: isRight
      ? 'its SHA-1 is that of the torrent'
      : 'its SHA-1 is another than that of the torrent: thrown away',
  };
}

/** Limits in octets per second, as the peer as a whole has them. */
interface LimitBuckets {
  readonly upload: { readonly bytesPerS: number };
  readonly download: { readonly bytesPerS: number };
}

/** The pieces on the disk are verified: from now on the torrent is shared. */
export function joinedReport(
  exchange: string,
  { infoHash, info }: Metainfo,
  { address, have, policy, limits }: { address: string; have: PieceSet; policy: SwarmPolicy; limits: LimitBuckets },
): ReportInput {
  return {
    kind: 'bittorrent.joined',
    exchange,
    summary: `shares ${info.name}: has ${have.size} of ${info.pieceCount} pieces`,
    message: {
      infoHash: formatHash(infoHash),
      address,
      name: info.name,
      pieces: info.pieceCount,
      pieceLength: info.pieceLength,
      length: info.length,
      bits: formatHash(have.encode().subarray(0, REPORTED_BITS_OCTETS_MAX)),
      policy,
      limits: limitsOf(limits),
    },
  };
}

export function leftReport(exchange: string, { infoHash, info }: Metainfo, because: string): ReportInput {
  const message = { infoHash: formatHash(infoHash) };
  return { kind: 'bittorrent.left', exchange, summary: `shares ${info.name} no more`, message, because };
}

/** Somebody has chosen otherwise while it runs. */
export function policyReport(
  exchange: string,
  infoHash: Uint8Array | null,
  policy: SwarmPolicy,
  limits: LimitBuckets,
): ReportInput {
  const message = { infoHash: infoHash === null ? null : formatHash(infoHash), ...policy, ...limitsOf(limits) };
  const summary = `${policy.pickPolicy}, ${policy.chokePolicy}, up ${message.uploadBytesPerS}, down ${message.downloadBytesPerS} octets/s`;
  return { kind: 'bittorrent.policy', exchange, summary, message, because: 'somebody has chosen so' };
}

function limitsOf({ upload, download }: LimitBuckets) {
  return { uploadBytesPerS: upload.bytesPerS, downloadBytesPerS: download.bytesPerS };
}

/** The info dictionary has come from this neighbour (BEP 9). */
export function metadataReport(line: Line, octets: number): ReportInput {
  return {
    kind: 'bittorrent.metadata',
    exchange: exchangeOf(line),
    from: line.there,
    to: line.here,
    summary: `the metadata is whole: ${octets} octets`,
    message: { octets },
    because: 'its SHA-1 is the info hash',
  };
}

export function banReport(exchange: string, address: string, because: string): ReportInput {
  return {
    kind: 'bittorrent.ban',
    exchange,
    summary: `${address} is refused from now on`,
    message: { address },
    because,
  };
}

export function refusedAddressReport(exchange: string, endpoint: Endpoint, because: string): ReportInput {
  return {
    kind: 'bittorrent.refused-address',
    exchange,
    summary: `${formatEndpoint(endpoint)} is not dialled`,
    message: endpoint,
    because,
  };
}

export function announceReport(exchange: string, tracker: URL, request: AnnounceRequest): ReportInput {
  const { infoHash, peerId, key: _, ...fields } = request;
  return {
    kind: 'tracker.announce',
    exchange,
    summary: `announce ${request.event ?? 'no event'} to ${tracker.host}, left ${request.left ?? 'unknown'}`,
    message: { infoHash: formatHash(infoHash), peerId: formatPeerId(peerId), ...fields },
  };
}

/** A conversation with a tracker over UDP. */
export interface TrackerLine {
  readonly exchange: string;
  readonly url: URL;
  readonly here: Endpoint;
  readonly there: Endpoint;
}

/** We ask for a connection id (BEP 15). */
export function connectReport({ exchange, url, here, there }: TrackerLine, transactionId: number): ReportInput {
  const summary = `connect to ${url.host}`;
  return { kind: 'tracker.connect', exchange, from: here, to: there, summary, message: { transactionId } };
}

export function connectedReport({ exchange, here, there }: TrackerLine, connectionId: bigint): ReportInput {
  const message = { connectionId: connectionId.toString(16).padStart(16, '0') };
  return { kind: 'tracker.response', exchange, from: there, to: here, summary: 'a connection id', message };
}

export function udpAnnounceReport(line: TrackerLine, request: AnnounceRequest, urlData: string): ReportInput {
  const { here: from, there: to } = line;
  const report = announceReport(line.exchange, line.url, request);
  return { ...report, from, to, message: { transport: 'udp', ...report.message, ...(urlData !== '' && { urlData }) } };
}

export function announceResponseReport(
  exchange: string,
  from: Endpoint,
  to: Endpoint,
  response: AnnounceResponse,
): ReportInput {
  const answer = { kind: 'tracker.response', exchange, from, to };
  if (response.kind === 'failure') return { ...answer, summary: `failure: ${response.reason}`, message: response };
  const { peers, ...message } = response;
  return { ...answer, summary: `${peers.length} peers`, message: { ...message, peers: peers.map(formatEndpoint) } };
}

export function fetchReport(exchange: string, url: URL): ReportInput {
  return { kind: 'http.request', exchange, summary: `GET ${url.href}`, message: { method: 'GET', url: url.href } };
}

export function fetchedReport(exchange: string, from: Endpoint, to: Endpoint, octets: number): ReportInput {
  return {
    kind: 'http.response',
    exchange,
    from,
    to,
    summary: `200, a torrent of ${octets} octets`,
    message: { status: 200, octets },
  };
}

/** A web seed is asked for a part of a file. */
export function rangeReport(
  exchange: string,
  url: URL,
  { first, last }: { first: number; last: number },
  because: string,
): ReportInput {
  const message = { method: 'GET', url: url.href, range: `bytes=${first}-${last}` };
  return { kind: 'http.request', exchange, summary: `GET ${url.href}, octets ${first} to ${last}`, message, because };
}

export function rangeResponseReport(
  exchange: string,
  { from, to }: { from: Endpoint; to: Endpoint },
  status: number,
): ReportInput {
  return { kind: 'http.response', exchange, from, to, summary: `${status} of a web seed`, message: { status } };
}

/** A web seed is not asked for a while, or never again. */
export function webSeedReport(
  exchange: string,
  url: string,
  state: 'put off' | 'dropped',
  because: string,
): ReportInput {
  const summary = `the web seed ${url} is ${state}`;
  return { kind: 'bittorrent.web-seed', exchange, summary, message: { url, state }, because };
}

function ends(line: Line, direction: 'sent' | 'received') {
  const [from, to] = direction === 'sent' ? [line.here, line.there] : [line.there, line.here];
  return { exchange: exchangeOf(line), from, to };
}

function described(message: PeerMessage): { summary: string; message?: object } {
  switch (message.kind) {
    case 'have':
    case 'suggest':
    case 'allowed fast':
      return { summary: `${message.kind} piece ${message.index}`, message: { index: message.index } };
    case 'bitfield':
      return { summary: 'bitfield', message: { bits: formatHash(message.bits.subarray(0, 64)) } };
    case 'request':
    case 'cancel':
    case 'reject': {
      const { kind, ...block } = message;
      return { summary: `${kind} ${block.length} octets of piece ${block.index} at ${block.begin}`, message: block };
    }
    case 'piece':
      return describedBlock(message.index, message.begin, message.block.length);
    case 'extended':
      return describeExtended(message.id, message.payload);
    case 'unknown':
      return { summary: `message of unknown id ${message.id}`, message: { id: message.id } };
    default:
      return { summary: message.kind };
  }
}

function describedBlock(index: number, begin: number, length: number): { summary: string; message: object } {
  return { summary: `${length} octets of piece ${index} at ${begin}`, message: { index, begin, length } };
}
