/**
 * Magnet links (BEP 9): all that is needed to find a torrent, as one line of text.
 *
 *     magnet:?xt=urn:btih:<info hash>&dn=<name>&tr=<tracker>&x.pe=<address>:<port>
 *
 * `xt` is the info hash in 40 hexadecimal digits or, in old links, 32 characters of base32 (RFC 4648, section 6). `tr` and
 * `x.pe` may come several times, also as `tr.1`, `tr.2`.
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import { type Endpoint, formatEndpoint } from '../report.ts';
import { formatHash, HASH_OCTETS } from './info-hash.ts';

export interface MagnetLink {
  readonly infoHash: Uint8Array;
  /** What to call the torrent until its metadata has come. */
  readonly displayName: string | null;
  /** URLs of trackers. */
  readonly trackers: readonly string[];
  /** Peers to begin with (`x.pe`). */
  readonly peers: readonly Endpoint[];
  /** URLs of web seeds (`ws`, BEP 19). */
  readonly webSeeds: readonly string[];
}

/** Characters of a link: what a web browser takes at least. */
const LENGTH_MAX = 8_000;
/** Trackers, peers and web seeds of a link that count, each. */
const EACH_MAX = 50;
const PORT_MAX = 65_535;
const CLAUSE = 'BEP 9';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BITS_PER_CHARACTER = 5;

/** @throws ProtocolViolation */
export function parseMagnet(link: string): MagnetLink {
  if (link.length > LENGTH_MAX) throw new ProtocolViolation('The magnet link is too long', LENGTH_MAX, CLAUSE);
  const scheme = /^magnet:\?/i.exec(link);
  if (scheme === null) throw new ProtocolViolation('A magnet link begins with "magnet:?"', 0, CLAUSE);
  const fields = link
    .slice(scheme[0].length)
    .split('&')
    .map((field) => parseField(field, link));
  const values = (key: string) => fields.filter(({ name }) => name === key).map(({ value }) => value);
  return {
    infoHash: parseTopics(values('xt')),
    displayName: values('dn')[0] ?? null,
    trackers: values('tr').slice(0, EACH_MAX),
    peers: values('x.pe').slice(0, EACH_MAX).flatMap(parsePeer),
    webSeeds: values('ws').slice(0, EACH_MAX),
  };
}

export function formatMagnet(link: MagnetLink): string {
  const fields = [`xt=urn:btih:${formatHash(link.infoHash)}`];
  if (link.displayName !== null) fields.push(`dn=${encodeURIComponent(link.displayName)}`);
  for (const tracker of link.trackers) fields.push(`tr=${encodeURIComponent(tracker)}`);
  for (const peer of link.peers) fields.push(`x.pe=${formatEndpoint(peer)}`);
  for (const webSeed of link.webSeeds) fields.push(`ws=${encodeURIComponent(webSeed)}`);
  return `magnet:?${fields.join('&')}`;
}

/** `tr.1` counts as `tr`. */
function parseField(field: string, link: string): { name: string; value: string } {
  const equals = field.includes('=') ? field.indexOf('=') : field.length;
  const name = field
    .slice(0, equals)
    .replace(/\.\d+$/, '')
    .toLowerCase();
  const value = decodeValue(field.slice(equals + 1));
  if (value === null)
    throw new ProtocolViolation(`"${name}" is not percent-encoded UTF-8`, link.indexOf(field), CLAUSE);
  // It is shown to people, in terminals too.
  if (/[\0-\x1f\x7f-\x9f]/.test(value))
    throw new ProtocolViolation(`"${name}" contains a control character`, link.indexOf(field), CLAUSE);
  return { name, value };
}

function decodeValue(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** A link may have topics of other networks and of version 2 beside that of BEP 9. */
function parseTopics(topics: readonly string[]): Uint8Array {
  for (const topic of topics) {
    const hash = /^urn:btih:(.*)$/i.exec(topic)?.[1];
    if (hash === undefined) continue;
    if (/^[0-9a-f]{40}$/i.test(hash)) return parseHexadecimal(hash);
    if (/^[a-z2-7]{32}$/i.test(hash)) return parseBase32(hash.toUpperCase());
    throw new ProtocolViolation(`"${hash}" is no info hash: 40 hexadecimal digits or 32 of base32`, 0, CLAUSE);
  }
  throw new ProtocolViolation('There is no "xt=urn:btih:" with an info hash', 0, CLAUSE);
}

/** Names and IPv6 addresses are passed over. */
function parsePeer(text: string): Endpoint[] {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  return match?.[1] === undefined || port === 0 || port > PORT_MAX ? [] : [{ address: match[1], port }];
}

function parseHexadecimal(text: string): Uint8Array {
  return Uint8Array.from({ length: HASH_OCTETS }, (_, nth) => Number.parseInt(text.slice(nth * 2, nth * 2 + 2), 16));
}

function parseBase32(text: string): Uint8Array {
  const octets = new Uint8Array(HASH_OCTETS);
  let bits = 0;
  let bitCount = 0;
  let at = 0;
  for (const character of text) {
    bits = ((bits << BITS_PER_CHARACTER) | BASE32.indexOf(character)) & 0xffff;
    bitCount += BITS_PER_CHARACTER;
    if (bitCount < 8) continue;
    bitCount -= 8;
    octets[at++] = (bits >> bitCount) & 0xff;
  }
  return octets;
}
