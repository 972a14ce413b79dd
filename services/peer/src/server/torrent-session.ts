import type { Socket } from 'node:net';
import { formatHash, formatPeerId, newPeerId } from '#shared/bittorrent/info-hash.ts';
import type { Metainfo } from '#shared/bittorrent/metainfo.ts';
import type { PeerMessage } from '#shared/bittorrent/peer-message.ts';
import type { PieceSet } from '#shared/bittorrent/piece-set.ts';
import type { Host } from '#shared/host/host.ts';
import type { Config } from '../config.ts';
import type { NeighbourId } from '../protocol/neighbour.ts';
import type { StartedPiece } from '../protocol/started-piece.ts';
import { Swarm, type SwarmOutput } from '../protocol/swarm.ts';
import * as reports from '../reports.ts';
import type { PieceStore } from '../store/piece-store.ts';
import { Ledger } from './ledger.ts';
import type { PeerConnection } from './peer-connection.ts';
import { Reception } from './reception.ts';
import { TrackerClient } from './tracker-client.ts';
import { UploadPump } from './upload-pump.ts';

const TICK_MS = 1_000;
/** Pause after a piece could not be written, in milliseconds, before it is fetched again. */
const WRITE_RETRY_MS = 5_000;

export interface SessionOptions {
  readonly host: Host;
  readonly config: Config;
  readonly port: number;
  readonly metainfo: Metainfo;
  readonly store: PieceStore;
  /** The pieces of the store whose hash is right. */
  readonly have: PieceSet;
}

/**
 * Takes part in the swarm of one torrent: carries out what the swarm decides, with sockets, disk and tracker. It lasts from
 * the moment that the pieces on the disk are verified until the program stops or starts over.
 */
export class TorrentSession {
  readonly #options: SessionOptions;
  readonly #peerId = newPeerId(Math.random);
  readonly #swarm: Swarm;
  readonly #reception: Reception;
  readonly #pump: UploadPump;
  readonly #tracker: TrackerClient | null;
  readonly #ledger = new Ledger();
  readonly #connections = new Map<NeighbourId, PeerConnection>();
  readonly #ticks: NodeJS.Timeout;
  #retryTimer: NodeJS.Timeout | undefined;
  #sha256: string | null = null;
  #trouble: string | null = null;
  #isClosed = false;

  constructor(options: SessionOptions) {
    const { host, config, metainfo, have, port } = options;
    this.#options = options;
    this.#swarm = new Swarm({
      grid: metainfo.info,
      have,
      neighboursMax: config.MAX_PEERS,
      uploadSlots: config.UPLOAD_SLOTS,
      uploadBytesPerS: config.UPLOAD_BYTES_PER_S,
      downloadBytesPerS: config.DOWNLOAD_BYTES_PER_S,
      random: Math.random,
      now: performance.now(),
    });
    this.#reception = new Reception({
      host,
      port,
      infoHash: metainfo.infoHash,
      peerId: this.#peerId,
      pieceCount: metainfo.info.pieceCount,
      neighboursMax: config.MAX_PEERS,
      wantsSeeds: () => !have.isComplete,
      isSeed: ({ id }) => this.#ledger.neighbour(id)?.pieces.isComplete ?? false,
      opened: (connection, peerId) => this.#opened(connection, peerId),
      message: (connection, message) => this.#heard(connection, message),
      drained: () => this.#pump.pump(),
      closed: (connection) => this.#closed(connection),
    });
    this.#pump = new UploadPump({
      swarm: this.#swarm,
      connections: this.#connections,
      store: options.store,
      resume: () => this.#perform(this.#swarm.resume(performance.now())),
      sent: (connection, block) => {
        if (config.REPORT_BLOCKS === 'all') host.report(reports.blockReport(connection, block));
      },
      failed: (error) => {
        if (!this.#isClosed) this.#trouble = `Cannot read the file: ${error.message}`;
      },
    });
    this.#tracker = this.#openTracker();
    this.#ticks = setInterval(() => this.#tick(), TICK_MS);
    if (have.isComplete) void this.#computeSha256();
  }

  get metainfo(): Metainfo {
    return this.#options.metainfo;
  }

  get isComplete(): boolean {
    return this.#options.have.isComplete;
  }

  /** Null while all is well. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** A peer has dialled us. */
  welcome(socket: Socket): void {
    this.#reception.welcome(socket);
  }

  announceNow(): void {
    this.#tracker?.announceNow();
  }

  /** Leaves the swarm: tells the tracker, closes every connection and the files. */
  async close(because: string): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#ticks);
    this.#pump.stop();
    clearTimeout(this.#retryTimer);
    this.#reception.close(because);
    await this.#tracker?.stop();
    await this.#options.store.close();
  }

  /** What `GET /state` shows. */
  snapshot(): object {
    const { metainfo, have } = this.#options;
    const { info, infoHash } = metainfo;
    return {
      role: have.isComplete ? 'seed' : 'leecher',
      name: info.name,
      infoHash: formatHash(infoHash),
      peerId: formatPeerId(this.#peerId),
      pieces: { have: have.size, total: info.pieceCount, length: info.pieceLength },
      length: info.length,
      complete: have.isComplete,
      sha256: this.#sha256,
      ...this.#ledger.totals(),
      wasted: this.#swarm.downloads.wastedBytes,
      trouble: this.#trouble,
      ...this.#ledger.snapshot(this.#swarm, performance.now()),
      addressesKnown: this.#reception.book.size,
      banned: this.#reception.book.banned,
      tracker: this.#tracker?.snapshot() ?? null,
    };
  }

  #openTracker(): TrackerClient | null {
    const { host, metainfo, have, port } = this.#options;
    const announceUrl = URL.parse(metainfo.announce ?? '');
    if (announceUrl?.protocol !== 'http:') {
      this.#trouble = `The torrent's tracker "${metainfo.announce ?? ''}" is not one over http: nobody can be found`;
      return null;
    }
    return new TrackerClient({
      host,
      announceUrl,
      identity: {
        infoHash: metainfo.infoHash,
        peerId: this.#peerId,
        port,
        key: formatHash(newPeerId(Math.random).subarray(-4)),
      },
      progress: () => ({ ...this.#ledger.totals(), left: leftOf(metainfo, have) }),
      // Who has everything is found by those who look for it.
      isLonely: () => !have.isComplete && this.#connections.size === 0,
      learn: (peers, exchange) => this.#reception.learn(peers, exchange),
    });
  }

  // ── what the connections tell the swarm ────────────────────────────────────────────────────────────────────────────

  #opened(connection: PeerConnection, peerId: Uint8Array): void {
    const { id, there: endpoint, isDialled } = connection;
    this.#connections.set(id, connection);
    const outputs = this.#swarm.step({ kind: 'connected', id, endpoint, peerId, isDialled }, performance.now());
    this.#ledger.open(this.#swarm.neighbours.get(id));
    this.#perform(outputs);
  }

  #heard(connection: PeerConnection, message: PeerMessage): void {
    this.#report(connection, 'received', message);
    this.#perform(this.#swarm.step({ kind: 'message', from: connection.id, message }, performance.now()));
  }

  #closed(connection: PeerConnection): void {
    this.#connections.delete(connection.id);
    this.#ledger.close(connection.id);
    if (!this.#isClosed)
      this.#perform(this.#swarm.step({ kind: 'closed', neighbour: connection.id }, performance.now()));
  }

  #tick(): void {
    this.#perform(this.#swarm.step({ kind: 'tick' }, performance.now()));
    this.#reception.tick();
  }

  // ── what the swarm decides ─────────────────────────────────────────────────────────────────────────────────────────

  #perform(outputs: readonly SwarmOutput[]): void {
    for (const output of outputs) this.#performOne(output);
    this.#pump.pump();
  }

  #performOne(output: SwarmOutput): void {
    const { host } = this.#options;
    switch (output.kind) {
      case 'send': {
        const connection = this.#connections.get(output.to);
        if (connection === undefined) return;
        this.#report(connection, 'sent', output.message, output.because);
        connection.send(output.message);
        break;
      }
      case 'close':
        this.#connections.get(output.neighbour)?.close(output.because);
        break;
      case 'ban':
        this.#reception.ban(output.address, output.because);
        host.report(reports.banReport(host.newExchange(), output.address, output.because));
        break;
      case 'check':
        void this.#check(output.piece);
        break;
      case 'picked': {
        const connection = this.#connections.get(output.from);
        if (connection !== undefined) host.report(reports.pickReport(connection, output.pick));
        break;
      }
      case 'verified':
        this.#ledger.verified(output.index, output.givers);
        host.report(reports.pieceReport(host.newExchange(), output.index, true, output.givers));
        break;
      case 'completed':
        host.log.info({ file: this.#options.metainfo.info.name }, 'the download is complete');
        this.#tracker?.completed();
        void this.#computeSha256();
        break;
    }
  }

  /** A piece is whole: its hash decides, and only a right one reaches the disk. */
  async #check(piece: StartedPiece): Promise<void> {
    const { host, store } = this.#options;
    if (!store.isRight(piece.index, piece.octets)) {
      host.report(reports.pieceReport(host.newExchange(), piece.index, false, piece.givers));
      this.#perform(this.#swarm.step({ kind: 'checked', index: piece.index, result: 'wrong' }, performance.now()));
      return;
    }
    try {
      await store.write(piece.index, piece.octets);
    } catch (error) {
      if (this.#isClosed) return;
      this.#trouble = `Cannot write piece ${piece.index}: ${(error as Error).message}`;
      host.log.error(error, 'cannot write a piece');
      this.#retryTimer = setTimeout(() => this.#checked(piece.index, 'not stored'), WRITE_RETRY_MS);
      return;
    }
    this.#checked(piece.index, 'right');
  }

  #checked(index: number, result: 'right' | 'not stored'): void {
    if (!this.#isClosed) this.#perform(this.#swarm.step({ kind: 'checked', index, result }, performance.now()));
  }

  async #computeSha256(): Promise<void> {
    try {
      this.#sha256 = await this.#options.store.sha256();
    } catch (error) {
      if (!this.#isClosed) this.#trouble = `Cannot read the file: ${(error as Error).message}`;
    }
  }

  #report(connection: PeerConnection, direction: 'sent' | 'received', message: PeerMessage, because?: string): void {
    const { host, config } = this.#options;
    if (config.REPORT_BLOCKS === 'pieces' && reports.isAboutBlock(message)) return;
    host.report(reports.messageReport(connection, direction, message, because));
  }
}

/** Octets that are still missing. */
function leftOf({ info }: Metainfo, have: PieceSet): number {
  let left = info.length;
  for (const index of have) left -= Math.min(info.pieceLength, info.length - index * info.pieceLength);
  return left;
}
