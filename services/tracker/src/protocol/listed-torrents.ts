/**
 * The list of the torrents that a tracker serves when it does not serve all: a file with an info hash in each line, 40
 * hexadecimal digits; what follows it, and lines that begin with "#", are remarks.
 */
import { keyOfOctets } from '#shared/bittorrent/bencode.ts';
import { HASH_OCTETS } from '#shared/bittorrent/info-hash.ts';
import { FileFault } from '#shared/file-fault.ts';

/** Info hashes, as `keyOfOctets` writes them. */
export type ListedTorrents = ReadonlySet<string>;

/** @throws FileFault that names the line and the remedy */
export function parseListedTorrents(text: string): ListedTorrents {
  const listed = new Set<string>();
  for (const [nth, line] of text.split(/\r?\n/).entries()) {
    const [word = ''] = line.trim().split(/\s/);
    if (word === '' || word.startsWith('#')) continue;
    if (!/^[0-9a-f]{40}$/i.test(word)) {
      throw new FileFault(nth + 1, `"${word}" is no info hash: give 40 hexadecimal digits, or begin a remark with "#"`);
    }
    const octets = Array.from({ length: HASH_OCTETS }, (_, at) => Number.parseInt(word.slice(2 * at, 2 * at + 2), 16));
    listed.add(keyOfOctets(Uint8Array.from(octets)));
  }
  return listed;
}
