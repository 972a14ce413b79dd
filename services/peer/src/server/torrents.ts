import { join } from 'node:path';
import { formatHash, isSameHash } from '#shared/bittorrent/info-hash.ts';
import type { Metainfo } from '#shared/bittorrent/metainfo.ts';
import type { Host } from '#shared/host/host.ts';
import type { Config } from '../config.ts';
import { TokenBucket } from '../protocol/token-bucket.ts';
import type { Limits, PeerState, TorrentState } from '../state.ts';
import type { MadeFile } from '../store/made-file.ts';
import { TorrentList } from '../store/torrent-list.ts';
import { Participation } from './participation.ts';
import { policyOf } from './policy-of.ts';
import type { Reception } from './reception.ts';
import { refuseOtherFiles } from './torrent-place.ts';
import { fileSource, formatSource, parseSource, type TorrentSource } from './torrent-source.ts';

/** Torrents of one peer. */
const TORRENTS_MAX = 100;

/** What somebody asks for cannot be: answered with status 400 by the control API. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly statusCode = 400;
}

/** All torrents in which this peer takes part. They share its port and its limits, and go their own ways otherwise. */
export class Torrents {
  readonly #host: Host;
  readonly #config: Config;
  readonly #port: number;
  readonly #limits: { upload: TokenBucket; download: TokenBucket };
  readonly #list: TorrentList;
  #torrents: Participation[] = [];
  /** Those that were added while it ran: they are there again after a restart. */
  readonly #added = new Set<Participation>();

  constructor(host: Host, config: Config, port: number) {
    this.#host = host;
    this.#config = config;
    this.#port = port;
    const now = performance.now();
    this.#limits = {
      upload: new TokenBucket(config.UPLOAD_BYTES_PER_S, now),
      download: new TokenBucket(config.DOWNLOAD_BYTES_PER_S, now),
    };
    this.#list = new TorrentList(join(host.stateDir, 'torrents'));
  }

  /** Begins with the torrents of the configuration and those that were added before. */
  async start(): Promise<void> {
    for (const [nth, source] of this.#config.TORRENT_URL.entries()) {
      this.#take(source, null, nth === 0 ? this.#config.MAKE_FILE : null).join();
    }
    const added = await this.#list.load(({ source, torrentFile, files }) => {
      return { source: torrentFile === null ? parseSource(source) : fileSource(torrentFile), files };
    });
    for (const { source, files } of added) {
      const torrent = this.#take(source, files, null);
      this.#added.add(torrent);
      torrent.join();
    }
  }

  /** Takes part in one more torrent, from now on and after a restart. @throws Refusal */
  async add(source: TorrentSource, files: readonly number[] | null): Promise<Participation> {
    if (this.#torrents.length >= TORRENTS_MAX)
      throw new Refusal(`A peer takes part in ${TORRENTS_MAX} torrents at most: remove one first`);
    refuseWrongFiles(files, source);
    const torrent = this.#take(source, files, null);
    const same = this.#torrents.find((other) => other !== torrent && other.name === torrent.name);
    if (same !== undefined) {
      this.#torrents = this.#torrents.filter((other) => other !== torrent);
      throw new Refusal(`The torrent ${torrent.name} is here already`);
    }
    this.#added.add(torrent);
    torrent.join();
    await this.#save();
    return torrent;
  }

  /** Leaves a torrent for good. @throws Refusal */
  async remove(name: string, removesFiles: boolean): Promise<void> {
    const torrent = this.find(name);
    try {
      // Until its files are gone it is in the way of the same one, which would lose those that it makes anew.
      await torrent.stop('it was removed', removesFiles);
    } finally {
      this.#torrents = this.#torrents.filter((other) => other !== torrent);
      this.#added.delete(torrent);
      await this.#save();
    }
  }

  /** The torrent of this info hash, or the only one when none is named. @throws Refusal */
  find(name: string | undefined): Participation {
    const [only, ...others] = this.#torrents;
    if (name === undefined && only !== undefined && others.length === 0) return only;
    const found = this.#torrents.find((torrent) => torrent.name === name);
    if (found !== undefined) return found;
    if (name === undefined) throw new Refusal('Say which torrent: its info hash, as `torrents` of GET /state has it');
    throw new Refusal(`There is no torrent ${name} here`);
  }

  /** Those that `find` finds, or all when none is named. */
  named(name: string | undefined): readonly Participation[] {
    return name === undefined ? this.#torrents : [this.find(name)];
  }

  /** Who takes in the peers that dial us for a torrent; null when we take no part in it, or cannot yet. */
  receptionOf(infoHash: Uint8Array): Reception | null {
    const torrent = this.#torrents.find(({ name }) => name === formatHash(infoHash));
    return torrent?.reception ?? null;
  }

  /** Limits of the whole peer in octets per second, from now on; 0 for none. */
  setLimits(given: { uploadBytesPerS?: number | undefined; downloadBytesPerS?: number | undefined }): Limits {
    const { uploadBytesPerS, downloadBytesPerS } = given;
    const now = performance.now();
    if (uploadBytesPerS !== undefined) this.#limits.upload.setRate(uploadBytesPerS, now);
    if (downloadBytesPerS !== undefined) this.#limits.download.setRate(downloadBytesPerS, now);
    for (const torrent of this.#torrents) torrent.limitsChanged();
    return this.#limitsNow();
  }

  async choose(name: string | undefined, files: readonly number[] | null): Promise<void> {
    try {
      await this.find(name).choose(files);
    } catch (error) {
      throw refusalOf(error);
    }
    await this.#save();
  }

  trouble(): string | null {
    const troubles = this.#torrents.map((torrent) => torrent.trouble()).filter((trouble) => trouble !== null);
    return troubles[0] ?? null;
  }

  snapshot(): PeerState {
    const first: TorrentState = this.#torrents[0]?.snapshot() ?? { torrent: '', source: 'none', phase: 'left' };
    return {
      ...first,
      port: this.#port,
      limits: this.#limitsNow(),
      torrents: this.#torrents.map((torrent) => torrent.summary()),
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#torrents.map((torrent) => torrent.stop('the program stops')));
  }

  #take(source: TorrentSource, files: readonly number[] | null, made: MadeFile | null): Participation {
    const torrent: Participation = new Participation({
      host: this.#host,
      config: this.#config,
      port: this.#port,
      source,
      made,
      place: { folder: join(this.#host.stateDir, 'download'), mode: 'write' },
      files,
      peers: [],
      policy: policyOf(this.#config),
      limits: this.#limits,
      whyNot: (metainfo) => this.#whyNot(torrent, metainfo),
    });
    this.#torrents.push(torrent);
    return torrent;
  }

  /** Two torrents may not write into the same files. */
  #whyNot(torrent: Participation, { info, infoHash }: Metainfo): string | null {
    const fold = (text: string) => text.normalize('NFC').toLowerCase();
    for (const other of this.#torrents) {
      if (other === torrent || other.metainfo === null) continue;
      if (isSameHash(other.metainfo.infoHash, infoHash)) return `the torrent ${other.name} is here already`;
      if (fold(other.metainfo.info.name) === fold(info.name))
        return `${info.name} belongs to the torrent ${other.name} already: remove that first`;
    }
    return null;
  }

  #limitsNow(): Limits {
    const { upload, download } = this.#limits;
    return { uploadBytesPerS: upload.bytesPerS, downloadBytesPerS: download.bytesPerS };
  }

  #save(): Promise<void> {
    const added = [...this.#added].map(({ source, files }) => ({
      source: source.kind === 'file' ? '' : formatSource(source),
      torrentFile: source.kind === 'file' ? source.octets : null,
      files,
    }));
    return this.#list.save(added);
  }
}

/** Of a URL or a magnet link it is not known yet which files there are. @throws Refusal */
function refuseWrongFiles(files: readonly number[] | null, source: TorrentSource): void {
  try {
    if (source.kind === 'file') refuseOtherFiles(files, source.metainfo);
  } catch (error) {
    throw refusalOf(error);
  }
}

function refusalOf(error: unknown): unknown {
  return error instanceof RangeError ? new Refusal(error.message) : error;
}
