/**
 * What we fetch: interest, requests, blocks, and what becomes of a whole piece (BEP 3, "peer protocol"; BEP 6 for what a
 * neighbour rejects, suggests and allows). Part of `Swarm`.
 */
import type { Block, PeerMessage } from '#shared/bittorrent/peer-message.ts';
import type { PieceSet } from '#shared/bittorrent/piece-set.ts';
import { Guilt } from './guilt.ts';
import { blockKey, type Neighbour, type NeighbourId } from './neighbour.ts';
import { PiecePicker } from './piece-picker.ts';
import { Pipelines } from './pipelines.ts';
import type { SwarmPolicy } from './policy.ts';
import type { StartedPiece } from './started-piece.ts';
import type { Conversation, SwarmOptions } from './swarm-exchange.ts';
import { TokenBucket } from './token-bucket.ts';
import { type WebSeedEvent, WebSeeds } from './web-seeds.ts';

/** Pieces of one neighbour that are remembered as suggested, and as allowed while it chokes: BEP 6 has ten of them. */
const SUGGESTED_MAX = 10;
const ALLOWED_FAST_MAX = 100;

/** `wrong`: the hash is another. `not stored`: the disk failed, which is nobody's fault in the swarm. */
export type CheckResult = 'right' | 'wrong' | 'not stored';

export class Downloads {
  /** Octets of blocks that were of no use: not asked for, twice, or of a wrong piece. */
  wastedBytes = 0;
  readonly picker: PiecePicker;
  readonly webSeeds: WebSeeds;
  readonly #conversation: Conversation;
  readonly #options: SwarmOptions;
  readonly #guilt: Guilt;
  readonly #limit: TokenBucket;
  readonly #pipelines: Pipelines;
  /** What is to be fetched; null for everything. */
  #wanted: PieceSet | null;
  #missing = 0;

  constructor(conversation: Conversation, options: SwarmOptions) {
    this.#conversation = conversation;
    this.#options = options;
    this.picker = new PiecePicker(options);
    this.#limit = options.limits?.download ?? new TokenBucket(options.downloadBytesPerS, options.now);
    this.#wanted = options.wanted ?? null;
    this.#missing = this.#countMissing();
    this.#pipelines = new Pipelines({
      conversation,
      picker: this.picker,
      limit: this.#limit,
      isMissing: (index) => this.#isMissing(index),
    });
    this.webSeeds = new WebSeeds({
      urls: options.webSeeds ?? [],
      picker: this.picker,
      limit: this.#limit,
      output: (output) => conversation.output(output),
      lateness: (now) => this.#pipelines.lateness(null, now),
      arrived: (id, url, block, octets, now) => this.#take(id, url, block, octets, now),
    });
    this.#guilt = new Guilt(conversation, this.webSeeds);
  }

  /** Whether everything that is wanted is there. */
  get isDone(): boolean {
    return this.#missing === 0;
  }

  setPolicy({ pickPolicy }: Partial<SwarmPolicy>): void {
    if (pickPolicy !== undefined) this.picker.policy = pickPolicy;
  }

  /** The limit in octets per second, 0 for none. */
  setLimit(bytesPerS: number, now: number): void {
    this.#limit.setRate(bytesPerS, now);
  }

  /** From now on these pieces are to be fetched; null for all. */
  setWanted(wanted: PieceSet | null, now: number): void {
    const wasDone = this.isDone;
    this.#wanted = wanted;
    this.#missing = this.#countMissing();
    this.picker.want(wanted);
    for (const neighbour of this.#conversation.neighbours.values()) {
      neighbour.wantedCount = 0;
      for (const index of neighbour.pieces) if (this.#isMissing(index)) neighbour.wantedCount += 1;
      this.#tellInterest(neighbour, now);
    }
    if (this.isDone && !wasDone) this.#conversation.output({ kind: 'completed' });
    this.#requestAll(now);
  }

  /** `neighbour` has these pieces too. */
  learn(neighbour: Neighbour, indexes: Iterable<number>, now: number): void {
    for (const index of indexes) {
      if (!neighbour.pieces.add(index)) continue;
      this.picker.gained(index);
      if (this.#isMissing(index)) neighbour.wantedCount += 1;
    }
    this.#tellInterest(neighbour, now);
    this.#pipelines.fill(neighbour, now);
  }

  choked(neighbour: Neighbour, now: number): void {
    neighbour.theirs.choking = true;
    // What it was asked for, it has forgotten (BEP 3): others may be asked. With the fast extension a choke says nothing of
    // what is on its way: each request that will not be answered is rejected (BEP 6).
    if (!neighbour.isFast) this.#pipelines.giveBack(neighbour);
    this.#requestAll(now);
  }

  unchoked(neighbour: Neighbour, now: number): void {
    neighbour.theirs.choking = false;
    neighbour.download.isResting = false;
    this.#pipelines.fill(neighbour, now);
  }

  /** `neighbour` will not answer this request (BEP 6). */
  rejected(neighbour: Neighbour, block: Block, now: number): void {
    const { requested, withdrawn } = neighbour.download;
    const key = blockKey(block.index, block.begin);
    if (withdrawn.delete(key)) return;
    if (!requested.delete(key)) {
      const because = `it broke BEP 6: it rejects a block of piece ${block.index} that it was not asked for`;
      this.#conversation.close(neighbour, because, now);
      return;
    }
    this.picker.giveBack(neighbour.id, block);
    this.#limit.refund(block.length);
    // Asked again at once it would reject again at once.
    neighbour.download.isResting = true;
    this.#requestAll(now);
  }

  /** `neighbour` gives this piece even while it chokes us (BEP 6). */
  allowedFast(neighbour: Neighbour, index: number, now: number): void {
    const { allowedFast } = neighbour.download;
    if (allowedFast.size >= ALLOWED_FAST_MAX || !this.#isMissing(index)) return;
    allowedFast.add(index);
    this.#pipelines.fill(neighbour, now);
  }

  /** `neighbour` would like to give this piece (BEP 6). */
  suggested({ download }: Neighbour, index: number): void {
    if (!this.#isMissing(index)) return;
    download.suggested = [index, ...download.suggested.filter((one) => one !== index)].slice(0, SUGGESTED_MAX);
  }

  /** `neighbour` is gone. */
  left(neighbour: Neighbour, now: number): void {
    for (const index of neighbour.pieces) this.picker.lost(index);
    this.#pipelines.left(neighbour);
    this.#requestAll(now);
  }

  arrived(neighbour: Neighbour, message: PeerMessage & { kind: 'piece' }, now: number): void {
    const { index, begin, block } = message;
    const { requested, withdrawn } = neighbour.download;
    const key = blockKey(index, begin);
    const request = requested.get(key);
    if ((request ?? withdrawn.get(key))?.length !== block.length) {
      this.wastedBytes += block.length;
      if (!neighbour.budget.allowsUnasked(now))
        this.#conversation.close(neighbour, 'it floods us with blocks that it was not asked for', now);
      return;
    }
    requested.delete(key);
    // What was taken back had been refunded.
    if (withdrawn.delete(key)) this.#limit.spend(block.length, now);
    noteArrival(neighbour, block.length, request === undefined ? null : now - request.at, now);
    this.#take(neighbour.id, neighbour.endpoint.address, { index, begin, length: block.length }, block, now);
    this.#pipelines.fill(neighbour, now);
  }

  /** What became of a fetch from a web seed. */
  heedWebSeed(url: string, event: WebSeedEvent, now: number): void {
    this.webSeeds.heed(url, event, now);
    if (event.kind !== 'block') this.#requestAll(now);
  }

  /** The hash of a whole piece is known, and the piece stored if it was right. */
  checked(index: number, result: CheckResult, now: number): void {
    const piece = this.picker.startedPiece(index);
    if (piece === undefined || !piece.isWhole) return;
    const wasFull = this.picker.isFull;
    if (result === 'right') this.#verified(piece, now);
    else this.#failed(piece, result, now);
    // Who has just finished a piece may have nothing to do any more.
    this.#handOver(now);
    if (wasFull || result !== 'right') this.#requestAll(now);
  }

  #handOver(now: number): void {
    for (const piece of this.picker.exclusive) this.#pipelines.handOver(piece, now);
  }

  resume(now: number): void {
    this.#pipelines.resume(now);
    this.webSeeds.request(now);
    if (!this.#pipelines.isHeldBack) this.#limit.rest(now);
  }

  /** Milliseconds until `resume` has something to do; null when nothing is held back. */
  waitMs(now: number): number | null {
    const { isHeldBack } = this.#pipelines;
    const isWaiting = isHeldBack || (this.webSeeds.isWaiting && !this.isDone);
    const waitMs = isWaiting ? this.#limit.waitMs(now) : 0;
    return waitMs > 0 || isHeldBack ? Math.max(1, waitMs) : null;
  }

  tick(now: number): void {
    for (const neighbour of this.#conversation.neighbours.values()) {
      neighbour.download.isResting = false;
      this.#pipelines.snub(neighbour, now);
    }
    this.#handOver(now);
    this.#requestAll(now);
  }

  #isMissing(index: number): boolean {
    return !this.#options.have.has(index) && (this.#wanted?.has(index) ?? true);
  }

  #countMissing(): number {
    let missing = 0;
    for (let index = 0; index < this.#options.grid.pieceCount; index++) missing += Number(this.#isMissing(index));
    return missing;
  }

  /** Interested exactly while it has a piece that we lack: "must be kept up to date at all times" (BEP 3). */
  #tellInterest(neighbour: Neighbour, now: number): void {
    const isInterested = neighbour.wantedCount > 0;
    if (isInterested === neighbour.ours.interested) return;
    neighbour.ours.interested = isInterested;
    const pieces = neighbour.wantedCount === 1 ? 'a piece' : `${neighbour.wantedCount} pieces`;
    const because = isInterested ? `it has ${pieces} that we lack` : 'it has nothing that we lack';
    this.#conversation.send(neighbour, { kind: isInterested ? 'interested' : 'not interested' }, now, because);
  }

  #requestAll(now: number): void {
    for (const neighbour of [...this.#conversation.neighbours.values()]) this.#pipelines.fill(neighbour, now);
    this.webSeeds.request(now);
  }

  /** A block has come: `giver` is the address of a neighbour or the URL of a web seed. */
  #take(id: NeighbourId, giver: string, block: Block, octets: Uint8Array, now: number): void {
    const { index, begin } = block;
    const arrival = this.picker.arrived(id, giver, index, begin, octets);
    if (arrival.kind === 'unwanted') {
      this.wastedBytes += block.length;
      return;
    }
    for (const other of arrival.alsoAsked)
      this.#pipelines.cancel(this.#conversation.neighbours.get(other), index, begin, now);
    if (arrival.piece.isWhole) this.#conversation.output({ kind: 'check', piece: arrival.piece });
  }

  #verified(piece: StartedPiece, now: number): void {
    const { givers, index } = piece;
    const liars = this.#guilt.liars(piece);
    if (this.#isMissing(index)) this.#missing -= 1;
    this.#options.have.add(index);
    this.picker.finished(index);
    this.#conversation.output({ kind: 'verified', index, givers });
    for (const neighbour of this.#conversation.neighbours.values()) {
      this.#conversation.send(neighbour, { kind: 'have', index }, now, 'the hash of the piece is right');
      if (neighbour.pieces.has(index)) neighbour.wantedCount -= 1;
      this.#tellInterest(neighbour, now);
    }
    if (this.isDone) this.#conversation.output({ kind: 'completed' });
    this.#guilt.banLiars(index, liars, now);
  }

  /** Throws the piece away. After a wrong hash the next try has one giver alone. */
  #failed({ index, octets }: StartedPiece, result: 'wrong' | 'not stored', now: number): void {
    const attempt = this.picker.failed(index, result === 'wrong');
    if (result === 'not stored') return;
    this.wastedBytes += octets.length;
    if (attempt !== null) this.#guilt.wrong(index, attempt, now);
  }
}

function noteArrival({ download }: Neighbour, octets: number, rttMs: number | null, now: number): void {
  download.meter.add(octets, now);
  download.lastBlockAt = now;
  download.isSnubbed = false;
  download.isResting = false;
  if (rttMs !== null) download.rttMs = Math.min(download.rttMs ?? Number.POSITIVE_INFINITY, rttMs);
}
