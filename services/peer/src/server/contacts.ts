import { formatHash, newPeerId } from '#shared/bittorrent/info-hash.ts';
import type { Metainfo } from '#shared/bittorrent/metainfo.ts';
import type { Host } from '#shared/host/host.ts';
import type { Endpoint } from '#shared/report.ts';
import type { Reception } from './reception.ts';
import type { TorrentSource } from './torrent-source.ts';
import { hasTrackers, TrackerClient, type TrackerClientOptions } from './tracker-client.ts';

interface ContactsOptions extends Pick<TrackerClientOptions, 'progress' | 'isLonely' | 'isPrivate'> {
  readonly host: Host;
  readonly port: number;
  readonly source: TorrentSource;
  /** Peers that are known beforehand. */
  readonly peers: readonly Endpoint[];
  /** Who dials those that are found, and takes them in; null while nobody can. */
  reception(): Reception | null;
}

/** How a peer finds the others of a torrent: by its trackers, and by those whom somebody has named. */
export class Contacts {
  /** Those that a magnet link or the user of the program has named. */
  readonly named: readonly Endpoint[];
  readonly #options: ContactsOptions;
  #tracker: TrackerClient | null = null;

  constructor(options: ContactsOptions) {
    const { source, peers } = options;
    this.#options = options;
    this.named = source.kind === 'magnet' ? [...source.link.peers, ...peers] : peers;
  }

  /** Null where there are no trackers, or they are not announced to. */
  get tracker(): TrackerClient | null {
    return this.#tracker;
  }

  /** Whether nobody is known who might know others. */
  get isEmpty(): boolean {
    return this.#tracker === null && this.named.length === 0;
  }

  /** Announces the torrent from now on, if it is not announced already. */
  announce({ trackers, infoHash }: Pick<Metainfo, 'trackers' | 'infoHash'>, peerId: Uint8Array): void {
    const { host, port, progress, isLonely, isPrivate, reception } = this.#options;
    if (this.#tracker !== null || !hasTrackers(trackers)) return;
    this.#tracker = new TrackerClient({
      host,
      trackers,
      identity: { infoHash, peerId, port, key: formatHash(newPeerId(Math.random).subarray(-4)) },
      progress,
      isLonely,
      isPrivate,
      switched: (because) => reception()?.partWithAll(because),
      learn: (peers, exchange) => reception()?.learn(peers, exchange, 'a tracker'),
    });
  }

  /** Tells the trackers that we go. */
  async stop(): Promise<void> {
    const tracker = this.#tracker;
    this.#tracker = null;
    await tracker?.stop();
  }
}
