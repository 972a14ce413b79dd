/**
 * The requests that are on their way: how many each neighbour is asked for at once, and what is taken back (BEP 3, "peer protocol").
 * Which block is next the picker says. Part of `Downloads`.
 */
import type { Block } from '#shared/bittorrent/peer-message.ts';
import { allAnsweredMs, PATIENCE_MS, patienceMs } from './answer-time.ts';
import type { Lateness } from './endgame.ts';
import { blockKey, type Neighbour, type NeighbourId } from './neighbour.ts';
import type { PiecePicker } from './piece-picker.ts';
import { DEPTH_MAX, pipelineDepth } from './pipeline-depth.ts';
import type { Candidates } from './rarity-order.ts';
import type { StartedPiece } from './started-piece.ts';
import type { Conversation } from './swarm-exchange.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Time without a block after which a neighbour that was asked is snubbed: "over a minute" (Cohen, section 2.3.4). */
const SNUB_MS = 60_000;
/** Requests taken back of which it is remembered that an answer may come: as many as can be on their way. */
const WITHDRAWN_MAX = 2 * DEPTH_MAX;

export interface PipelinesOptions {
  readonly conversation: Conversation;
  readonly picker: PiecePicker;
  /** That of the download. */
  readonly limit: TokenBucket;
  /** Whether a piece is wanted and not there. */
  isMissing(index: number): boolean;
}

export class Pipelines {
  readonly #options: PipelinesOptions;
  /** Neighbours that would be asked for more if the limit allowed. */
  readonly #heldBack = new Set<NeighbourId>();

  constructor(options: PipelinesOptions) {
    this.#options = options;
  }

  /** Whether the limit holds requests back. */
  get isHeldBack(): boolean {
    return this.#heldBack.size > 0;
  }

  /** Keeps the pipeline to `neighbour` full. */
  fill(neighbour: Neighbour, now: number): void {
    this.#heldBack.delete(neighbour.id);
    const candidates = this.#candidates(neighbour);
    if (candidates === null) return;
    const { meter, rttMs, isSnubbed, requested, withdrawn, suggested } = neighbour.download;
    const depthMax = neighbour.extensions?.requestQueueMax ?? DEPTH_MAX;
    const unasked = this.#options.picker.unstartedBlocks;
    const depth = pipelineDepth({ rate: meter.rate(now), rttMs, isSnubbed, depthMax, unasked });
    while (requested.size < depth) {
      if (this.#options.limit.waitMs(now) > 0) {
        this.#heldBack.add(neighbour.id);
        return;
      }
      const lateness = requested.size === 0 ? this.lateness(neighbour, now) : null;
      const pick = this.#options.picker.pick(neighbour.id, candidates, { lateness, suggested });
      if (pick === null) return;
      const { block, because } = pick;
      this.#options.limit.spend(block.length, now);
      const key = blockKey(block.index, block.begin);
      const { index, begin, length } = block;
      requested.set(key, { index, begin, length, at: now });
      if (withdrawn.size > 0) withdrawn.delete(key);
      if (pick.mode !== 'started') this.#options.conversation.output({ kind: 'picked', from: neighbour.id, pick });
      this.#options.conversation.send(neighbour, { kind: 'request', index, begin, length }, now, because);
    }
  }

  /** Goes on with those that the limit held back. */
  resume(now: number): void {
    for (const id of [...this.#heldBack]) {
      const neighbour = this.#options.conversation.neighbours.get(id);
      if (neighbour !== undefined) this.fill(neighbour, now);
    }
  }

  /** `neighbour` is gone. */
  left(neighbour: Neighbour): void {
    this.#heldBack.delete(neighbour.id);
    this.giveBack(neighbour);
  }

  /** How late blocks are for one that could give them at once, a neighbour or a web seed. */
  lateness(idle: Neighbour | null, now: number): Lateness {
    const patience = idle === null ? PATIENCE_MS : patienceMs(idle.download, now);
    return (asked) => {
      const waits = asked.map((id) => {
        const download = this.#options.conversation.neighbours.get(id)?.download;
        // A web seed is asked for many blocks at once.
        return download === undefined ? Number.POSITIVE_INFINITY : allAnsweredMs(download, now);
      });
      return Math.min(...waits) - patience;
    };
  }

  /** Takes back what `neighbour` was asked for; it may come all the same. */
  giveBack({ id, download: { requested, withdrawn } }: Neighbour): void {
    for (const [key, block] of requested) {
      this.#options.picker.giveBack(id, block);
      this.#options.limit.refund(block.length);
      withdraw(withdrawn, key, block);
    }
    requested.clear();
    this.#options.picker.disown(id);
  }

  /** The block has come from another neighbour: the endgame's second request is taken back. */
  cancel(neighbour: Neighbour | undefined, index: number, begin: number, now: number): void {
    const key = blockKey(index, begin);
    const request = neighbour?.download.requested.get(key);
    if (neighbour === undefined || request === undefined) return;
    neighbour.download.requested.delete(key);
    this.#options.limit.refund(request.length);
    withdraw(neighbour.download.withdrawn, key, request);
    const because = 'the block has come from another neighbour';
    this.#options.conversation.send(neighbour, { kind: 'cancel', index, begin, length: request.length }, now, because);
    this.fill(neighbour, now);
  }

  /** A neighbour that lets us wait for a minute gets its requests taken back, and one to prove itself. */
  snub(neighbour: Neighbour, now: number): void {
    const { download } = neighbour;
    const [oldest] = download.requested.values();
    if (oldest === undefined || now - Math.max(oldest.at, download.lastBlockAt) < SNUB_MS) return;
    download.isSnubbed = true;
    for (const { index, begin, length } of download.requested.values()) {
      const because = `no block for ${SNUB_MS / 1000} s`;
      this.#options.conversation.send(neighbour, { kind: 'cancel', index, begin, length }, now, because);
    }
    this.giveBack(neighbour);
  }

  /**
   * A piece of which one neighbour alone is asked has no endgame. When that one is silent, of those that have nothing to do the one
   * that has given most gets the piece, as a whole: who only says that it gives would pass it on to its like. Each time the next
   * one has longer, so that a slow link comes to its end too.
   */
  handOver(piece: StartedPiece, now: number): void {
    if (!piece.isExclusive || piece.isWhole || piece.owner === null) return;
    const { neighbours, send } = this.#options.conversation;
    const owner = neighbours.get(piece.owner);
    const asked = [...(owner?.download.requested ?? [])].filter(([, { index }]) => index === piece.index);
    const [oldest] = asked;
    if (owner === undefined || oldest === undefined) return;
    if (now - Math.max(oldest[1].at, owner.download.lastBlockAt) < piece.patienceMs) return;
    const idle = [...neighbours.values()].filter((one) => one !== owner && this.#isIdleGiver(one, piece.index));
    if (idle.length === 0) return;
    piece.patienceMs *= 2;
    piece.silent.add(owner.id);
    if (idle.every(({ id }) => piece.silent.has(id))) piece.silent.clear();
    const other = idle
      .filter(({ id }) => !piece.silent.has(id))
      .reduce((best, one) => (one.download.meter.total > best.download.meter.total ? one : best));
    const because = `no block for a while, and ${other.endpoint.address} has nothing to do`;
    for (const [key, block] of asked) {
      owner.download.requested.delete(key);
      this.#options.picker.giveBack(owner.id, block);
      this.#options.limit.refund(block.length);
      const { index, begin, length } = block;
      send(owner, { kind: 'cancel', index, begin, length }, now, because);
      // The answer may have crossed with it; with the fast extension there is one in any case (BEP 6).
      withdraw(owner.download.withdrawn, key, block);
    }
    this.fill(other, now);
  }

  /** Whether it could give the piece, has given something before and is asked for nothing now. */
  #isIdleGiver(neighbour: Neighbour, index: number): boolean {
    const { requested, rttMs, isSnubbed } = neighbour.download;
    return requested.size === 0 && rttMs !== null && !isSnubbed && this.#candidates(neighbour)?.has(index) === true;
  }

  /** What `neighbour` may be asked for now; null for nothing. */
  #candidates({ theirs, ours, download, isFast, pieces }: Neighbour): Candidates | null {
    if (!ours.interested || download.isResting) return null;
    if (!theirs.choking) return pieces;
    const { allowedFast } = download;
    for (const index of allowedFast) if (!this.#options.isMissing(index)) allowedFast.delete(index);
    return isFast && allowedFast.size > 0 ? { has: (index) => allowedFast.has(index) && pieces.has(index) } : null;
  }
}

/** Remembers that an answer may come to a request that was taken back. */
function withdraw(withdrawn: Map<number, Block>, key: number, block: Block): void {
  withdrawn.delete(key);
  withdrawn.set(key, block);
  const [oldest] = withdrawn.keys();
  if (withdrawn.size > WITHDRAWN_MAX && oldest !== undefined) withdrawn.delete(oldest);
}
