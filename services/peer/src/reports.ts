import type { AnnounceRequest } from '#shared/bittorrent/announce-request.ts';
import type { AnnounceResponse } from '#shared/bittorrent/announce-response.ts';
import { octetsOfAddress } from '#shared/bittorrent/compact-peers.ts';
import { formatHash, formatPeerId } from '#shared/bittorrent/info-hash.ts';
import type { Block, PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { type Endpoint, formatEndpoint, type ReportInput } from '#shared/report.ts';
import type { Pick } from './protocol/piece-picker.ts';

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
function exchangeOf({ isDialled, here, there }: Line): string {
  const [dialler, listener] = isDialled ? [here, there] : [there, here];
  const hexadecimal = ({ address, port }: Endpoint) =>
    formatHash(octetsOfAddress(address)) + port.toString(16).padStart(4, '0');
  return `bt-${hexadecimal(dialler)}.${hexadecimal(listener)}`;
}

/** Requests and blocks: by far the most messages, each of which says little. */
export function isAboutBlock(message: PeerMessage): boolean {
  return message.kind === 'request' || message.kind === 'piece' || message.kind === 'cancel';
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

/** The hash of a piece is right or wrong; `givers` are addresses with the number of their blocks. */
export function pieceReport(
  exchange: string,
  index: number,
  isRight: boolean,
  givers: ReadonlyMap<string, number>,
): ReportInput {
  const from = [...givers].map(([address, blocks]) => `${blocks} blocks from ${address}`).join(', ');
  return {
    kind: isRight ? 'bittorrent.verified' : 'bittorrent.wrong',
    exchange,
    summary: `piece ${index}: ${from}`,
    message: { index, givers: Object.fromEntries(givers) },
    because: isRight
      ? 'its SHA-1 is that of the torrent'
      : 'its SHA-1 is another than that of the torrent: thrown away',
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

function ends(line: Line, direction: 'sent' | 'received') {
  const [from, to] = direction === 'sent' ? [line.here, line.there] : [line.there, line.here];
  return { exchange: exchangeOf(line), from, to };
}

function described(message: PeerMessage): { summary: string; message?: object } {
  switch (message.kind) {
    case 'have':
      return { summary: `have piece ${message.index}`, message: { index: message.index } };
    case 'bitfield':
      return { summary: 'bitfield', message: { bits: formatHash(message.bits.subarray(0, 64)) } };
    case 'request':
    case 'cancel': {
      const { kind, ...block } = message;
      return { summary: `${kind} ${block.length} octets of piece ${block.index} at ${block.begin}`, message: block };
    }
    case 'piece':
      return describedBlock(message.index, message.begin, message.block.length);
    case 'unknown':
      return { summary: `message of unknown id ${message.id}`, message: { id: message.id } };
    default:
      return { summary: message.kind };
  }
}

function describedBlock(index: number, begin: number, length: number): { summary: string; message: object } {
  return { summary: `${length} octets of piece ${index} at ${begin}`, message: { index, begin, length } };
}
