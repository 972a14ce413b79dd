/**
 * The swarm of one torrent as one peer sees it (BEP 3, "peer protocol"): its neighbours, what they have, what is asked of
 * them and what they are given. A machine without sockets, disk or clock: `step` takes what happened and the time, and returns
 * what is to be done.
 *
 *     connected, message, closed  ->  send, close          the conversation with each neighbour
 *     (a piece is whole)          ->  check                its hash is to be computed and the piece stored
 *     checked                     ->  send have, ban       the piece is announced, or its giver is refused from now on
 *     extended (ut_pex)           ->  learnt               a neighbour tells of peers (BEP 11)
 *     tick (each second)          ->  send, close          choker, keep-alives, time-outs, news of peers
 *
 * What goes in and out is in swarm-exchange.ts. Downloads, uploads and extensions have a file each, and what a message must keep
 * to stands in wire-rules.ts. What is uploaded is asked for by `nextUpload`, as fast as the sockets take it.
 */
import type { PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { Downloads } from './downloads.ts';
import { Extensions } from './extensions.ts';
import { livenessOf } from './liveness.ts';
import { type Acquaintance, type Neighbour, type NeighbourId, newNeighbour } from './neighbour.ts';
import type { SwarmPolicy } from './policy.ts';
import { ROLES, type Role } from './role.ts';
import type { Conversation, Earlier, SwarmInput, SwarmOptions, SwarmOutput } from './swarm-exchange.ts';
import { type Upload, Uploads } from './uploads.ts';
import { breachOfGrid, breachOfOrder, endsOpening } from './wire-rules.ts';

export class Swarm {
  readonly neighbours = new Map<NeighbourId, Neighbour>();
  readonly downloads: Downloads;
  readonly #uploads: Uploads;
  readonly #extensions: Extensions;
  readonly #options: SwarmOptions;
  #outputs: SwarmOutput[] = [];

  constructor(options: SwarmOptions) {
    const conversation: Conversation = {
      neighbours: this.neighbours,
      send: (neighbour, message, now, because) => this.#send(neighbour, message, now, because),
      close: (neighbour, because, now) => this.#close(neighbour, because, now),
      output: (output) => this.#outputs.push(output),
    };
    this.#options = options;
    this.downloads = new Downloads(conversation, options);
    this.#uploads = new Uploads(conversation, options, this.downloads);
    this.#extensions = new Extensions(conversation, options, () => this.#isUploadOnly);
  }

  /** The verified pieces. */
  get have(): PieceSet {
    return this.#options.have;
  }

  /** What it plays. */
  get role(): Role {
    return ROLES[this.#options.role];
  }

  /** What happened at the time `now`, in milliseconds that never go back; returns what is to be done, in order. */
  step(input: SwarmInput, now: number): readonly SwarmOutput[] {
    this.#outputs = [];
    switch (input.kind) {
      case 'connected':
        this.#connect(input, now);
        break;
      case 'message':
        this.#receive(input.from, input.message, now);
        break;
      case 'closed':
        this.#leave(input.neighbour, now);
        break;
      case 'checked':
        this.downloads.checked(input.index, input.result, now);
        this.#extensions.heedWants(now);
        break;
      case 'web seed':
        this.downloads.heedWebSeed(input.url, input.event, now);
        break;
      case 'tick':
        this.#tick(now);
        break;
    }
    return this.#outputs;
  }

  /** Chooses otherwise from now on. */
  setPolicy(policy: Partial<SwarmPolicy>, now: number): readonly SwarmOutput[] {
    this.#outputs = [];
    this.downloads.setPolicy(policy);
    this.#uploads.setPolicy(policy, now);
    this.#extensions.heedWants(now);
    return this.#outputs;
  }

  /** From now on these pieces are to be fetched; null for all. */
  setWanted(wanted: PieceSet | null, now: number): readonly SwarmOutput[] {
    this.#outputs = [];
    this.downloads.setWanted(wanted, now);
    this.#extensions.heedWants(now);
    return this.#outputs;
  }

  /** Limits in octets per second, 0 for none. */
  setLimits(limits: { uploadBytesPerS?: number; downloadBytesPerS?: number }, now: number): void {
    if (limits.uploadBytesPerS !== undefined) this.#uploads.setLimit(limits.uploadBytesPerS, now);
    if (limits.downloadBytesPerS !== undefined) this.downloads.setLimit(limits.downloadBytesPerS, now);
  }

  /** The next block to send to one of those that `mayTake` one, or null; see `waitMs`. */
  nextUpload(now: number, mayTake: (id: NeighbourId) => boolean): Upload | null {
    return this.#uploads.next(now, mayTake);
  }

  /** The requests that the limit of the download had held back, as far as it lets them through now. */
  resume(now: number): readonly SwarmOutput[] {
    this.#outputs = [];
    this.downloads.resume(now);
    return this.#outputs;
  }

  /** Milliseconds until `nextUpload` or `resume` has something that a limit holds back now; null when nothing is held back. */
  waitMs(now: number): number | null {
    const upload = this.#uploads.waitMs(now);
    const download = this.downloads.waitMs(now);
    if (upload === null || download === null) return upload ?? download;
    return Math.min(upload, download);
  }

  /**
   * Whether we want nothing (BEP 21). A super-seed hides what it has: who is told that it wants nothing, and has nothing, parts
   * with it. A leaver goes when its neighbours have a copy together, and would not see it if they parted with it before.
   */
  get #isUploadOnly(): boolean {
    return this.downloads.isDone && !this.#uploads.superSeeds && this.role.leavesAfterCopies === null;
  }

  #connect(given: Acquaintance & { readonly earlier?: Earlier }, now: number): void {
    if (this.neighbours.size >= this.#options.neighboursMax) {
      const because = `there are ${this.neighbours.size} neighbours`;
      this.#outputs.push({ kind: 'close', neighbour: given.id, because });
      return;
    }
    const { grid, offers } = this.#options;
    const neighbour = newNeighbour(given, { pieceCount: grid.pieceCount, offers, now });
    if (neighbour.extensions !== null) Object.assign(neighbour.extensions, given.earlier?.extensions);
    this.neighbours.set(neighbour.id, neighbour);
    this.#open(neighbour, given.earlier?.hasOpened ?? false, now);
    this.#extensions.connected(neighbour, now);
    this.#uploads.connected(neighbour, now);
    for (const message of given.earlier?.heard ?? []) this.#receive(neighbour.id, message, now);
  }

  /** Tells what we have. */
  #open(neighbour: Neighbour, hasOpened: boolean, now: number): void {
    const { shown } = this.#uploads;
    if (hasOpened) {
      for (const index of shown) this.#send(neighbour, { kind: 'have', index }, now, 'it was on our disk');
    } else if (neighbour.isFast && shown.size === 0) {
      this.#send(neighbour, { kind: 'have none' }, now);
    } else if (neighbour.isFast && shown.isComplete) {
      this.#send(neighbour, { kind: 'have all' }, now);
    } else if (shown.size > 0) {
      // "Downloaders which don't have anything yet may skip the 'bitfield' message" (BEP 3).
      this.#send(neighbour, { kind: 'bitfield', bits: shown.encode() }, now);
    }
  }

  #receive(id: NeighbourId, message: PeerMessage, now: number): void {
    const neighbour = this.neighbours.get(id);
    if (neighbour === undefined) return;
    const breach = breachOfOrder(message, neighbour) ?? breachOfGrid(message, this.#options.grid);
    if (breach !== null) {
      this.#close(neighbour, `it broke ${breach}`, now);
      return;
    }
    const isNews = message.kind !== 'have' || !neighbour.pieces.has(message.index);
    if (!neighbour.budget.allows(message, isNews, now)) {
      this.#close(neighbour, `it floods us: "${message.kind}" once too often`, now);
      return;
    }
    neighbour.lastReceivedAt = now;
    if (endsOpening(message)) neighbour.hasSpoken = true;
    this.#heed(neighbour, message, now);
  }

  #heed(neighbour: Neighbour, message: PeerMessage, now: number): void {
    switch (message.kind) {
      case 'choke':
        this.downloads.choked(neighbour, now);
        break;
      case 'unchoke':
        this.downloads.unchoked(neighbour, now);
        break;
      case 'interested':
      case 'not interested':
        this.#uploads.interest(neighbour, message.kind === 'interested', now);
        break;
      case 'have':
        this.#gained(neighbour, [message.index], now);
        break;
      case 'bitfield':
        this.#heedBitfield(neighbour, message.bits, now);
        break;
      case 'request':
        this.#uploads.asked(neighbour, message, now);
        break;
      case 'cancel':
        this.#uploads.cancelled(neighbour, message, now);
        break;
      case 'piece':
        this.downloads.arrived(neighbour, message, now);
        break;
      case 'have all':
        if (!neighbour.pieces.isComplete)
          this.#gained(neighbour, [...Array(this.#options.grid.pieceCount).keys()], now);
        break;
      case 'extended':
        this.#extensions.heard(neighbour, message.id, message.payload, now);
        break;
      case 'reject':
        this.downloads.rejected(neighbour, message, now);
        break;
      case 'allowed fast':
        this.downloads.allowedFast(neighbour, message.index, now);
        break;
      case 'suggest':
        this.downloads.suggested(neighbour, message.index);
        break;
      case 'have none':
      case 'keep-alive':
      case 'unknown':
        break;
    }
  }

  /** `neighbour` has these pieces too. */
  #gained(neighbour: Neighbour, indexes: readonly number[], now: number): void {
    const gained = indexes.filter((index) => !neighbour.pieces.has(index));
    this.downloads.learn(neighbour, gained, now);
    this.#uploads.learnt(neighbour, gained, now);
  }

  #heedBitfield(neighbour: Neighbour, bits: Uint8Array, now: number): void {
    try {
      this.#gained(neighbour, [...PieceSet.decode(bits, this.#options.grid.pieceCount)], now);
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.#close(neighbour, `it broke BEP 3: ${error.message}`, now);
    }
  }

  #send(neighbour: Neighbour, message: PeerMessage, now: number, because?: string): void {
    if (!this.role.speaks) return;
    neighbour.lastSentAt = now;
    const to = neighbour.id;
    this.#outputs.push(because === undefined ? { kind: 'send', to, message } : { kind: 'send', to, message, because });
  }

  #close(neighbour: Neighbour, because: string, now: number): void {
    this.#outputs.push({ kind: 'close', neighbour: neighbour.id, because });
    this.#leave(neighbour.id, now);
  }

  #leave(id: NeighbourId, now: number): void {
    const neighbour = this.neighbours.get(id);
    if (neighbour === undefined) return;
    this.neighbours.delete(id);
    this.#extensions.left(neighbour);
    this.downloads.left(neighbour, now);
    this.#uploads.left(neighbour, now);
  }

  #tick(now: number): void {
    for (const neighbour of [...this.neighbours.values()]) {
      const { kind, because } = livenessOf(neighbour, now);
      if (kind === 'gone') this.#close(neighbour, because, now);
      if (kind === 'keep alive') this.#send(neighbour, { kind: 'keep-alive' }, now, because);
      const isIdle = !neighbour.ours.interested && !neighbour.theirs.interested;
      neighbour.idleSince = isIdle ? (neighbour.idleSince ?? now) : null;
    }
    this.#extensions.tick(now);
    this.downloads.tick(now);
    this.#uploads.tick(now);
  }
}
