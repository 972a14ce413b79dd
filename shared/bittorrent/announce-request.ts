/**
 * What a peer asks of a tracker over HTTP: the query of the announce URL (BEP 3, "trackers"; BEP 23 `compact`). The address
 * of the peer is that of the connection: a parameter `ip` would let anyone make others dial a victim (BEP 7, last section).
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import { HASH_OCTETS } from './info-hash.ts';
import { parseQueryOctets, percentEncode, type QueryParameter } from './query-octets.ts';

/**
 * What happened to the peer; an announce at regular intervals has none. `paused` stands in every announce of a partial seed, which
 * lacks something and wants no more (BEP 21).
 */
const ANNOUNCE_EVENTS = ['started', 'completed', 'stopped', 'paused'] as const;
export type AnnounceEvent = (typeof ANNOUNCE_EVENTS)[number];

export interface AnnounceRequest {
  readonly infoHash: Uint8Array;
  readonly peerId: Uint8Array;
  readonly port: number;
  readonly uploaded: number;
  readonly downloaded: number;
  /** Octets that the peer still lacks; null when it does not say. */
  readonly left: number | null;
  readonly event: AnnounceEvent | null;
  /** Peers that it wants; null leaves the number to the tracker. */
  readonly numwant: number | null;
  readonly compact: boolean;
  readonly noPeerId: boolean;
  /** What proves that the peer is the same after its address has changed; never told to others. */
  readonly key: string | null;
}

const CLAUSE = 'BEP 3';
/** Characters of a key, at most; clients send eight. */
const KEY_LENGTH_MAX = 64;
const UTF_8 = new TextDecoder();

/** Reads the query of an announce, one character for each octet. @throws ProtocolViolation, to be told to the peer */
export function decodeAnnounceQuery(query: string): AnnounceRequest {
  const parameters = parseQueryOctets(query);
  const text = (name: string) => textOf(parameters, name);
  const event = text('event') ?? '';
  if (event !== '' && !isEvent(event)) throw new ProtocolViolation(`The event "${event}" is unknown`, 0, CLAUSE);
  const key = text('key') ?? null;
  if (key !== null && key.length > KEY_LENGTH_MAX) throw new ProtocolViolation('"key" is too long', 0, CLAUSE);
  return {
    infoHash: hashOf(parameters, 'info_hash'),
    peerId: hashOf(parameters, 'peer_id'),
    port: portOf(text('port')),
    uploaded: countOf('uploaded', text('uploaded')) ?? 0,
    downloaded: countOf('downloaded', text('downloaded')) ?? 0,
    left: countOf('left', text('left')),
    event: event === '' ? null : event,
    numwant: numwantOf(text('numwant')),
    compact: text('compact') !== '0',
    noPeerId: text('no_peer_id') === '1',
    key: key === '' ? null : key,
  };
}

/** The query of an announce, without "?". */
export function encodeAnnounceQuery(request: AnnounceRequest): string {
  const fields: [string, string | number | null][] = [
    ['info_hash', percentEncode(request.infoHash)],
    ['peer_id', percentEncode(request.peerId)],
    ['port', request.port],
    ['uploaded', request.uploaded],
    ['downloaded', request.downloaded],
    ['left', request.left],
    ['compact', request.compact ? 1 : 0],
    ['no_peer_id', request.noPeerId ? 1 : null],
    ['numwant', request.numwant],
    ['key', request.key === null ? null : percentEncode(new TextEncoder().encode(request.key))],
    ['event', request.event],
  ];
  return fields.flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`])).join('&');
}

/** The 20 octets of `name`, which must come exactly once. */
function hashOf(parameters: readonly QueryParameter[], name: string): Uint8Array {
  const given = parameters.filter((parameter) => parameter.name === name);
  if (given.length !== 1)
    throw new ProtocolViolation(`"${name}" must come once and not ${given.length} times`, 0, CLAUSE);
  const value = given[0]?.value ?? new Uint8Array();
  if (value.length !== HASH_OCTETS) {
    throw new ProtocolViolation(`"${name}" must have ${HASH_OCTETS} octets and not ${value.length}`, 0, CLAUSE);
  }
  return value;
}

function textOf(parameters: readonly QueryParameter[], name: string): string | undefined {
  const value = parameters.find((parameter) => parameter.name === name)?.value;
  return value === undefined ? undefined : UTF_8.decode(value);
}

function portOf(text: string | undefined): number {
  const port = text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port > 0 && port < 65_536) return port;
  throw new ProtocolViolation(
    `"port" must be from 1 to 65535 and is ${text === undefined ? 'absent' : `"${text}"`}`,
    0,
    CLAUSE,
  );
}

function countOf(name: string, text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  const count = /^\d{1,20}$/.test(text) ? Number(text) : Number.NaN;
  // Clients that do not know yet what they lack (a magnet link) send the largest number that they have.
  if (count >= 0) return Math.min(count, Number.MAX_SAFE_INTEGER);
  throw new ProtocolViolation(`"${name}" must be a count of octets and is "${text}"`, 0, CLAUSE);
}

/** What is no number, or -1 as some clients send, leaves the choice to the tracker. */
function numwantOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function isEvent(text: string): text is AnnounceEvent {
  return (ANNOUNCE_EVENTS as readonly string[]).includes(text);
}
