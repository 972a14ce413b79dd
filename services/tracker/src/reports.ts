import type { AnnounceRequest } from '#shared/bittorrent/announce-request.ts';
import { formatHash, formatPeerId } from '#shared/bittorrent/info-hash.ts';
import type { Host } from '#shared/host/host.ts';
import { type Endpoint, formatEndpoint, type ReportInput } from '#shared/report.ts';
import type { AnnounceOutcome, ExpiredPeer, ScrapedTorrent } from './protocol/swarms.ts';

/** A request and the two ends of its connection. */
export interface Conversation {
  readonly exchange: string;
  readonly peer: Endpoint;
  readonly tracker: Endpoint;
}

export function announceReport(conversation: Conversation, request: AnnounceRequest): ReportInput {
  const { infoHash, peerId, ...fields } = request;
  const event = request.event ?? 'no event';
  return {
    kind: 'tracker.announce',
    exchange: conversation.exchange,
    from: conversation.peer,
    to: conversation.tracker,
    summary: `announce ${event}, port ${request.port}, left ${request.left ?? 'unknown'}`,
    message: { infoHash: formatHash(infoHash), peerId: formatPeerId(peerId), ...fields, key: undefined },
  };
}

export function scrapeReport(conversation: Conversation, torrents: readonly Uint8Array[]): ReportInput {
  return {
    kind: 'tracker.scrape',
    exchange: conversation.exchange,
    from: conversation.peer,
    to: conversation.tracker,
    summary: `scrape of ${torrents.length}`,
    message: { infoHashes: torrents.map(formatHash) },
  };
}

export function announceResponseReport(conversation: Conversation, outcome: AnnounceOutcome): ReportInput {
  if (outcome.kind === 'refused') return failureReport(conversation, outcome.reason);
  const { peers, intervalS, minIntervalS, complete, incomplete } = outcome.response;
  const told = { interval: intervalS, 'min interval': minIntervalS, complete, incomplete };
  return {
    ...answerTo(conversation),
    summary: `${peers.length} peers; ${complete} complete, ${incomplete} incomplete; again in ${intervalS} s`,
    message: { ...told, peers: peers.map(formatEndpoint) },
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
  return { ...answerTo(conversation), summary: `failure: ${reason}`, message: { 'failure reason': reason } };
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

function answerTo({ exchange, tracker, peer }: Conversation) {
  return { kind: 'tracker.response', exchange, from: tracker, to: peer };
}
