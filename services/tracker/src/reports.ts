import type { AnnounceRequest } from '#shared/bittorrent/announce-request.ts';
import { formatHash, formatPeerId } from '#shared/bittorrent/info-hash.ts';
import type { Host } from '#shared/host/host.ts';
import { type Endpoint, formatEndpoint, type ReportInput } from '#shared/report.ts';
import type { AnnounceOutcome, ExpiredPeer, ScrapedTorrent } from './protocol/swarms.ts';

/** A request and who asks whom. */
export interface Conversation {
  readonly transport: 'http' | 'udp';
  readonly exchange: string;
  readonly peer: Endpoint;
  readonly tracker: Endpoint;
}

export function announceReport(conversation: Conversation, request: AnnounceRequest, urlData = ''): ReportInput {
  const { infoHash, peerId, key: _, ...fields } = request;
  const event = request.event ?? 'no event';
  return {
    kind: 'tracker.announce',
    ...question(conversation),
    summary: `announce ${event}, port ${request.port}, left ${request.left ?? 'unknown'}`,
    message: {
      transport: conversation.transport,
      infoHash: formatHash(infoHash),
      peerId: formatPeerId(peerId),
      ...fields,
      ...(urlData === '' ? {} : { urlData }),
    },
  };
}

export function scrapeReport(conversation: Conversation, torrents: readonly Uint8Array[]): ReportInput {
  return {
    kind: 'tracker.scrape',
    ...question(conversation),
    summary: `scrape of ${torrents.length}`,
    message: { transport: conversation.transport, infoHashes: torrents.map(formatHash) },
  };
}

/** A client asks for a connection id (BEP 15). */
export function connectReport(conversation: Conversation, transactionId: number): ReportInput {
  return { kind: 'tracker.connect', ...question(conversation), summary: 'connect', message: { transactionId } };
}

export function connectResponseReport(conversation: Conversation, connectionId: bigint): ReportInput {
  return {
    ...answerTo(conversation),
    summary: 'a connection id',
    message: { transport: 'udp', connectionId: connectionId.toString(16).padStart(16, '0') },
    because: 'an address of UDP is easily forged: who repeats this id has received it there',
  };
}

export function announceResponseReport(conversation: Conversation, outcome: AnnounceOutcome): ReportInput {
  if (outcome.kind === 'refused') return failureReport(conversation, outcome.reason);
  const { peers, intervalS, minIntervalS, complete, incomplete } = outcome.response;
  const told = { interval: intervalS, 'min interval': minIntervalS, complete, incomplete };
  return {
    ...answerTo(conversation),
    summary: `${peers.length} peers; ${complete} complete, ${incomplete} incomplete; again in ${intervalS} s`,
    message: { transport: conversation.transport, ...told, peers: peers.map(formatEndpoint) },
    because: outcome.because,
  };
}

export function scrapeResponseReport(conversation: Conversation, torrents: readonly ScrapedTorrent[]): ReportInput {
  return {
    ...answerTo(conversation),
    summary: `scrape: ${torrents.length} known`,
    message: { files: torrents.map((torrent) => ({ ...torrent, infoHash: formatHash(torrent.infoHash) })) },
  };
}

export function failureReport(conversation: Conversation, reason: string): ReportInput {
  const message = { transport: conversation.transport, 'failure reason': reason };
  return { ...answerTo(conversation), summary: `failure: ${reason}`, message };
}

export function expiredReport(host: Host, expired: ExpiredPeer): ReportInput {
  return {
    kind: 'tracker.expired',
    exchange: host.newExchange(),
    summary: `${formatEndpoint(expired)} is removed`,
    message: { ...expired, infoHash: formatHash(expired.infoHash) },
    because: `it has not announced itself for ${Math.round(expired.silentMs / 1000)} s, two intervals or more`,
  };
}

function question({ exchange, tracker, peer }: Conversation) {
  return { exchange, from: peer, to: tracker };
}

function answerTo({ exchange, tracker, peer }: Conversation) {
  return { kind: 'tracker.response', exchange, from: tracker, to: peer };
}
