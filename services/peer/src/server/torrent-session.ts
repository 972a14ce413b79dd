import type { Handshake } from '#shared/bittorrent/handshake.ts';
import type { Metainfo } from '#shared/bittorrent/metainfo.ts';
import type { PeerMessage } from '#shared/bittorrent/peer-message.ts';
import type { Cancel } from '#shared/host/clock.ts';
import { type NeighbourId, wantsNothing } from '../protocol/neighbour.ts';
import type { SwarmPolicy } from '../protocol/policy.ts';
import type { StartedPiece } from '../protocol/started-piece.ts';
import type { Swarm } from '../protocol/swarm.ts';
import type { Earlier, SwarmOutput } from '../protocol/swarm-exchange.ts';
import type { WebSeedEvent } from '../protocol/web-seeds.ts';
import { exchangeOf } from '../reports.ts';
import type { SharingState } from '../state.ts';
import { Checkpoints } from './checkpoints.ts';
import { everyTurn } from './every-turn.ts';
import { Ledger } from './ledger.ts';
import type { HandOver } from './metadata-session.ts';
import type { PeerConnection } from './peer-connection.ts';
import { PieceWriter } from './piece-writer.ts';
import type { Audience, Reception } from './reception.ts';
import { roomAmong } from './room.ts';
import { newReception, newSwarm, type SessionOptions } from './session-options.ts';
import { SessionReports } from './session-reports.ts';
import { leftOf, sharingState } from './session-state.ts';
import { UploadPump } from './upload-pump.ts';
import { WebSeedClient } from './web-seed.ts';
import { WholeHash } from './whole-hash.ts';

const TICK_MS = 1_000;

/**
 * Takes part in the swarm of one torrent: carries out what the swarm decides, with sockets and disk. It lasts from the moment
 * that the pieces on the disk are verified until the torrent is left.
 */
export class TorrentSession {
  readonly reception: Reception;
  readonly swarm: Swarm;
  readonly ledger = new Ledger();
  readonly options: SessionOptions;
  readonly #reports: SessionReports;
  readonly #pump: UploadPump;
  readonly #writer: PieceWriter;
  readonly #checkpoints: Checkpoints;
  readonly #webSeeds: WebSeedClient;
  readonly #connections = new Map<NeighbourId, PeerConnection>();
  readonly #wholeHash: WholeHash;
  readonly #endTicks: Cancel;
  #policy: SwarmPolicy;
  #trouble: string | null = null;
  #isClosed = false;

  constructor(options: SessionOptions) {
    const { handOver } = options;
    this.options = options;
    this.#policy = options.policy;
    this.swarm = newSwarm(options);
    this.#reports = new SessionReports(options, this.swarm.neighbours);
    this.reception = handOver?.reception ?? newReception(options, this.#audience());
    this.#pump = this.#newPump();
    this.#writer = new PieceWriter({
      folder: options.folder,
      write: ({ index, octets }) => options.store.write(index, octets),
      written: (index) => this.#checked(index, 'right'),
    });
    this.#wholeHash = new WholeHash({
      store: options.store,
      isThere: () => this.isComplete && !this.#isClosed && !options.store.wanted.includes(false),
      failed: (error) => this.#diskFailed(error),
    });
    this.#webSeeds = new WebSeedClient(options.host, options.metainfo.info);
    this.#checkpoints = new Checkpoints({
      isDue: () => options.store.isChanged,
      save: () => options.store.checkpoint(options.verified.have),
      failed: (error) => options.host.log.warn(`The record of verified pieces is not saved: ${error.message}`),
    });
    this.#checkpoints.soon();
    this.#endTicks = everyTurn(TICK_MS, () => this.#tick());
    if (handOver !== null) this.#goOnWith(handOver);
    this.#reports.joined();
  }

  get metainfo(): Metainfo {
    return this.options.metainfo;
  }

  /** Whether every piece is there, and whether every one that is wanted. */
  get isComplete(): boolean {
    return this.options.verified.have.isComplete;
  }

  get isDone(): boolean {
    return this.swarm.downloads.isDone;
  }

  /** Null while all is well. */
  get trouble(): string | null {
    return this.#writer.trouble ?? this.#trouble;
  }

  /** Who has everything is found by those who look for it. */
  get isLonely(): boolean {
    return !this.isDone && this.#connections.size === 0;
  }

  /** What is told to a tracker. */
  get progress() {
    const left = leftOf(this.metainfo.info, this.options.verified.have);
    return { ...this.ledger.totals(), left, isPartialSeed: this.isDone && !this.isComplete };
  }

  setPolicy(policy: SwarmPolicy): void {
    this.#policy = policy;
    this.#perform(this.swarm.setPolicy(policy, performance.now()));
  }

  /** The limits of the peer have changed. */
  limitsChanged(): void {
    if (!this.#isClosed) this.#perform(this.swarm.resume(performance.now()));
  }

  /** Fetches these files from now on, and no others. */
  async choose(wanted: readonly boolean[]): Promise<void> {
    const { store, verified } = this.options;
    await store.choose(wanted, verified.have);
    if (this.#isClosed) return;
    this.#perform(this.swarm.setWanted(store.wantedPieces, performance.now()));
    this.#checkpoints.soon();
  }

  /** Leaves the swarm: closes every connection, notes what was verified, and closes the files. */
  async close(because: string): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#endTicks();
    this.#pump.stop();
    this.#webSeeds.close();
    this.reception.close(because);
    this.#reports.left(because);
    await this.#writer.close();
    await this.#checkpoints.close();
    await this.options.store.close();
  }

  snapshot(): SharingState {
    return sharingState(this, { sha256: this.#wholeHash.look(), policy: this.#policy });
  }

  // ── its parts ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #audience(): Audience {
    return {
      pieceCount: this.metainfo.info.pieceCount,
      isPrivate: this.metainfo.isPrivate,
      wantsSeeds: () => !this.isDone,
      isSeed: ({ id }) => {
        const neighbour = this.ledger.neighbour(id);
        return neighbour !== undefined && wantsNothing(neighbour);
      },
      room: roomAmong(this.swarm.neighbours, this.#connections),
      opened: (connection, handshake) => this.#opened(connection, handshake),
      message: (connection, message) => this.#heard(connection, message),
      drained: () => this.#pump.soon(),
      closed: (connection) => this.#closed(connection),
    };
  }

  #newPump(): UploadPump {
    return new UploadPump({
      swarm: this.swarm,
      connections: this.#connections,
      store: this.options.store,
      resume: () => this.#perform(this.swarm.resume(performance.now())),
      sent: (connection, block) => this.#reports.block(connection, block),
      failed: (error) => this.#diskFailed(error),
    });
  }

  #goOnWith({ reception, continued }: HandOver): void {
    reception.audience = this.#audience();
    for (const { connection, handshake, earlier } of continued) this.#opened(connection, handshake, earlier);
  }

  // ── what the connections tell the swarm ────────────────────────────────────────────────────────────────────────────

  #opened(connection: PeerConnection, { peerId, reserved }: Handshake, earlier?: Earlier): void {
    const { id, there: endpoint, isDialled } = connection;
    this.#connections.set(id, connection);
    const acquaintance = { id, endpoint, peerId, isDialled, reserved };
    const given = earlier === undefined ? acquaintance : { ...acquaintance, earlier };
    const outputs = this.swarm.step({ kind: 'connected', ...given }, performance.now());
    this.ledger.open(this.swarm.neighbours.get(id));
    this.#perform(outputs);
  }

  #heard(connection: PeerConnection, message: PeerMessage): void {
    this.#reports.message(connection, 'received', message);
    this.#perform(this.swarm.step({ kind: 'message', from: connection.id, message }, performance.now()));
  }

  #closed(connection: PeerConnection): void {
    this.#connections.delete(connection.id);
    this.ledger.close(connection.id);
    if (!this.#isClosed)
      this.#perform(this.swarm.step({ kind: 'closed', neighbour: connection.id }, performance.now()));
  }

  #tick(): void {
    this.#perform(this.swarm.step({ kind: 'tick' }, performance.now()));
    this.reception.tick();
  }

  // ── what the swarm decides ─────────────────────────────────────────────────────────────────────────────────────────

  #perform(outputs: readonly SwarmOutput[]): void {
    for (const output of outputs) this.#performOne(output);
    this.#pump.soon();
  }

  #performOne(output: SwarmOutput): void {
    const { host } = this.options;
    switch (output.kind) {
      case 'send':
        this.#send(output.to, output.message, output.because);
        break;
      case 'close':
        this.#connections.get(output.neighbour)?.close(output.because);
        break;
      case 'ban':
        this.reception.ban(output.address, output.because);
        this.#reports.banned(output);
        break;
      case 'check':
        this.#check(output.piece);
        break;
      case 'picked': {
        const connection = this.#connections.get(output.from);
        const { block, because } = output.pick;
        this.ledger.decided(output.from, { at: host.clock.now(), kind: 'pick', piece: block.index, because });
        if (connection !== undefined) this.#reports.picked(connection, output.pick);
        break;
      }
      case 'verified':
        this.ledger.verified(output.index, output.givers);
        this.#checkpoints.soon();
        this.#reports.verified(output, this.#connections.size);
        break;
      case 'completed':
        host.log.info({ file: this.metainfo.info.name }, 'the download is complete');
        this.options.store.memory.shrink();
        if (this.isComplete) this.options.completed();
        break;
      case 'learnt': {
        const connection = this.#connections.get(output.from);
        if (connection !== undefined) this.reception.learn(output.endpoints, exchangeOf(connection), 'another peer');
        break;
      }
      case 'leave':
        this.options.leave(output.because);
        break;
      case 'fetch':
        this.#webSeeds.fetch(output.fetch, (event) => this.#fetched(output.fetch.url, event));
        break;
      case 'web seed':
        this.#reports.webSeed(output);
        break;
    }
  }

  #send(to: NeighbourId, message: PeerMessage, because: string | undefined): void {
    const connection = this.#connections.get(to);
    if (connection === undefined) return;
    if (message.kind === 'choke' || message.kind === 'unchoke') {
      this.ledger.decided(to, { at: this.options.host.clock.now(), kind: message.kind, because: because ?? '' });
    }
    this.#reports.message(connection, 'sent', message, because);
    connection.send(message);
  }

  /** A piece is whole: its hash decides, and only a right one reaches the disk. */
  #check(piece: StartedPiece): void {
    if (this.options.store.isRight(piece.index, piece.octets)) {
      this.#writer.take(piece);
      return;
    }
    this.#reports.wrong(piece);
    // Not from within the step that has found it whole.
    queueMicrotask(() => this.#checked(piece.index, 'wrong'));
  }

  #checked(index: number, result: 'right' | 'wrong'): void {
    if (!this.#isClosed) this.#perform(this.swarm.step({ kind: 'checked', index, result }, performance.now()));
  }

  #fetched(url: string, event: WebSeedEvent): void {
    if (!this.#isClosed) this.#perform(this.swarm.step({ kind: 'web seed', url, event }, performance.now()));
  }

  #diskFailed(error: Error): void {
    if (this.#isClosed) return;
    this.#trouble = `Cannot read from ${this.options.folder} (${error.message}): what is there is verified anew`;
    this.options.diskFailed(this.#trouble);
  }
}
