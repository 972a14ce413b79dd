import { hash } from 'node:crypto';
import type { MagnetLink } from '#shared/bittorrent/magnet-link.ts';
import { type Metainfo, metainfoOfInfo, type TorrentSources } from '#shared/bittorrent/metainfo.ts';
import type { Host } from '#shared/host/host.ts';
import { keepMetadata, loadMetadata } from '../store/metadata-file.ts';
import { fetchMetainfo } from './metainfo-fetch.ts';
import type { TorrentPlace } from './torrent-place.ts';
import type { TorrentSource } from './torrent-source.ts';

export interface MetainfoSearch {
  readonly host: Host;
  readonly source: TorrentSource;
  readonly place: TorrentPlace;
  /** Ends the search. */
  readonly signal: AbortSignal;
  /** The web server of a .torrent file was asked in vain, so often. */
  failed(tries: number, trouble: string): void;
  /** Asks other peers for the info dictionary of a magnet link (BEP 9), for as long as it takes. */
  askPeers(link: MagnetLink, sources: TorrentSources): Promise<Uint8Array>;
}

/** Where a torrent's metainfo comes from; null when it is not wanted any more. @throws Error with a sentence */
export async function findMetainfo(search: MetainfoSearch): Promise<Metainfo | null> {
  const { host, source, place, signal, failed } = search;
  switch (source.kind) {
    case 'file':
      return source.metainfo;
    case 'url':
      return fetchMetainfo(host, source.url, signal, failed);
    case 'magnet': {
      const { infoHash } = source.link;
      return (await loadMetadata(place.besides(infoHash, 'torrent'), infoHash)) ?? askForMetainfo(search, source.link);
    }
  }
}

async function askForMetainfo(
  { host, place, signal, askPeers }: MetainfoSearch,
  link: MagnetLink,
): Promise<Metainfo | null> {
  const sources = { trackers: link.trackers.map((url) => [url]), webSeeds: link.webSeeds };
  const left = new Promise<null>((resolve) => {
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  const infoOctets = await Promise.race([askPeers(link, sources), left]);
  if (infoOctets === null) return null;
  const metainfo = metainfoOfInfo(infoOctets, (octets) => hash('sha1', octets, 'buffer'), sources);
  await keepMetadata(place.besides(link.infoHash, 'torrent'), infoOctets, sources).catch((error: Error) =>
    host.log.warn(`The metadata is not kept and will be fetched again: ${error.message}`),
  );
  return metainfo;
}
