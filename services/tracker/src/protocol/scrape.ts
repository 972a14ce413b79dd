/** The scrape of BEP 48 with the field of BEP 21: how many peers some torrents have, without joining them. */
import { type BencodeInput, encodeBencode, keyOfOctets } from '#shared/bittorrent/bencode.ts';
import { HASH_OCTETS } from '#shared/bittorrent/info-hash.ts';
import { parseQueryOctets } from '#shared/bittorrent/query-octets.ts';
import { UDP_SCRAPE_MAX } from '#shared/bittorrent/udp-tracker-request.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import type { ScrapedTorrent } from './swarms.ts';

const CLAUSE = 'BEP 48';

/** The info hashes that a scrape asks for. @throws ProtocolViolation, to be told to the peer */
export function decodeScrapeQuery(query: string): Uint8Array[] {
  const infoHashes = parseQueryOctets(query).flatMap(({ name, value }) => (name === 'info_hash' ? [value] : []));
  if (infoHashes.length === 0)
    throw new ProtocolViolation('A scrape of everything is not offered: name an info_hash', 0, CLAUSE);
  // As many as over UDP.
  if (infoHashes.length > UDP_SCRAPE_MAX)
    throw new ProtocolViolation(`More than ${UDP_SCRAPE_MAX} torrents in a scrape`, 0, CLAUSE);
  if (infoHashes.every((infoHash) => infoHash.length === HASH_OCTETS)) return infoHashes;
  throw new ProtocolViolation(`An "info_hash" must have ${HASH_OCTETS} octets`, 0, CLAUSE);
}

export function encodeScrape(torrents: readonly ScrapedTorrent[]): Uint8Array<ArrayBuffer> {
  const files = torrents.map(({ infoHash, complete, downloaded, downloaders, incomplete }): [string, BencodeInput] => [
    keyOfOctets(infoHash),
    new Map([
      ['complete', complete],
      ['downloaded', downloaded],
      // "The number of partial seeds can be calculated by: incomplete - downloaders" (BEP 21).
      ['downloaders', downloaders],
      ['incomplete', incomplete],
    ]),
  ]);
  return encodeBencode(new Map([['files', new Map(files)]]));
}
