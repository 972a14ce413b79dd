import { hash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isSameHash } from '#shared/bittorrent/info-hash.ts';
import { decodeMetainfo, type Metainfo, type TorrentSources } from '#shared/bittorrent/metainfo.ts';
import { wrapInfo } from '#shared/bittorrent/metainfo-encoding.ts';
import { UNFINISHED } from '#shared/host/durable-file.ts';

/** The metainfo of a magnet link whose metadata has come before; null when there is none at `path`, or another. */
export async function loadMetadata(path: string, infoHash: Uint8Array): Promise<Metainfo | null> {
  const octets = await readFile(path).catch(() => null);
  if (octets === null) return null;
  try {
    const metainfo = decodeMetainfo(octets, (part) => hash('sha1', part, 'buffer'));
    return isSameHash(metainfo.infoHash, infoHash) ? metainfo : null;
  } catch {
    // Whatever is wrong with it: it is fetched again.
    return null;
  }
}

/** Keeps metadata as a .torrent file, so that a restart need not ask for it. What a crash spoils has another info hash. */
export async function keepMetadata(
  path: string,
  infoOctets: Uint8Array,
  { trackers }: Pick<TorrentSources, 'trackers'>,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}${UNFINISHED}`, wrapInfo(infoOctets, trackers));
  await rename(`${path}${UNFINISHED}`, path);
}
