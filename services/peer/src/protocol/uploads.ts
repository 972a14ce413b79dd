/** What we give: who may ask, what waits to be sent, and in whose turn (BEP 3, "peer protocol"). Part of `Swarm`. */
import { allowedFastSet } from '#shared/bittorrent/fast-set.ts';
import type { Block } from '#shared/bittorrent/peer-message.ts';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import { CHOKE_TICK_MS } from './choker.ts';
import type { Downloads } from './downloads.ts';
import { FastGrant, fastCount } from './fast-grant.ts';
import type { Neighbour, NeighbourId } from './neighbour.ts';
import type { SwarmPolicy } from './policy.ts';
import { ROLES, type Role } from './role.ts';
import { Slots } from './slots.ts';
import { Suggestions } from './suggestions.ts';
import { type Showing, SuperSeeding } from './super-seeding.ts';
import type { Conversation, SwarmOptions } from './swarm-exchange.ts';
import { TokenBucket } from './token-bucket.ts';

/** Requests of one neighbour that may wait (`reqq` of BEP 10); the largest pipeline of a common client is as deep. */
export const REQUESTS_WAITING_MAX = 500;
/** Requests beyond them between two ticks of the choker, each of which is rejected, before a neighbour is taken for hostile. */
const REJECTS_MAX = 5_000;
/** Changes of interest that are heeded between two ticks of the choker: more than pieces come in that time. */
const INTEREST_CHANGES_MAX = 10_000;

/** A block that is to be sent now. */
export interface Upload {
  readonly to: NeighbourId;
  readonly block: Block;
}

export class Uploads {
  readonly #role: Role;
  readonly #conversation: Conversation;
  readonly #options: SwarmOptions;
  readonly #downloads: Pick<Downloads, 'isDone' | 'picker'>;
  readonly #limit: TokenBucket;
  /** The neighbours with requests that wait, in the order of their turns. */
  readonly #turns = new Set<Neighbour>();
  readonly #slots: Slots;
  #policy: SwarmPolicy;
  #suggestions: Suggestions | null = null;
  #superSeeding: SuperSeeding | null = null;
  #hasLeft = false;

  constructor(conversation: Conversation, options: SwarmOptions, downloads: Pick<Downloads, 'isDone' | 'picker'>) {
    this.#role = ROLES[options.role];
    this.#conversation = conversation;
    this.#options = options;
    this.#downloads = downloads;
    this.#policy = options;
    // A bound of the role is this torrent's own; another limit may be shared with other torrents.
    const bound = this.#boundByRole(options.uploadBytesPerS);
    const shared = this.#role.uploadBytesPerSMax === 0 ? options.limits?.upload : undefined;
    this.#limit = shared ?? new TokenBucket(bound, options.now);
    this.#slots = new Slots({
      conversation,
      role: this.#role,
      limit: this.#limit,
      random: options.random,
      now: options.now,
      isDone: () => downloads.isDone,
      policy: () => this.#policy,
      unchoking: (neighbour, now) => this.#suggest(neighbour, now),
      choked: (neighbour, now) => this.#choked(neighbour, now),
    });
  }

  /** What a new neighbour is told that we have. */
  get shown(): PieceSet {
    const { have, grid } = this.#options;
    if (this.#role.claimsAll) return allPieces(grid.pieceCount);
    return this.superSeeds ? new PieceSet(grid.pieceCount) : have;
  }

  /** Whether it hides what it has (BEP 16). */
  get superSeeds(): boolean {
    return this.#policy.superSeeds && this.#options.have.isComplete;
  }

  setPolicy(policy: Partial<SwarmPolicy>, now: number): void {
    this.#policy = { ...this.#policy, ...policy };
    if (!this.superSeeds && this.#superSeeding !== null) {
      this.#show(this.#superSeeding.rest(), now);
      this.#superSeeding = null;
    }
    this.#slots.fill(now);
  }

  setLimit(bytesPerS: number, now: number): void {
    this.#limit.setRate(this.#boundByRole(bytesPerS), now);
  }

  /** `neighbour` has been told what we show. */
  connected(neighbour: Neighbour, now: number): void {
    if (!this.superSeeds) {
      this.#grant(neighbour, now);
      return;
    }
    this.#superSeeding ??= new SuperSeeding(this.#pieceCounts);
    this.#show(this.#superSeeding.welcome(neighbour, now), now);
  }

  /** `neighbour` has got these pieces. */
  learnt(neighbour: Neighbour, indexes: readonly number[], now: number): void {
    if (this.#superSeeding !== null) this.#show(this.#superSeeding.learnt(neighbour, indexes, now), now);
    this.#suggestions?.learnt(neighbour, indexes);
  }

  interest(neighbour: Neighbour, isInterested: boolean, now: number): void {
    if (neighbour.theirs.interested === isInterested) return;
    neighbour.theirs.interested = isInterested;
    neighbour.upload.interestChanges += 1;
    if (neighbour.upload.interestChanges > INTEREST_CHANGES_MAX) {
      const because = `it changed its interest more than ${INTEREST_CHANGES_MAX} times in ${CHOKE_TICK_MS / 1000} s`;
      this.#conversation.close(neighbour, because, now);
      return;
    }
    // Who is not interested any more may hold a slot that another waits for.
    this.#slots.fill(now);
  }

  /** `neighbour` is gone. */
  left(neighbour: Neighbour, now: number): void {
    this.#turns.delete(neighbour);
    this.#superSeeding?.left(neighbour);
    this.#suggestions?.left(neighbour);
    this.#slots.fill(now);
  }

  asked(neighbour: Neighbour, block: Block, now: number): void {
    if (this.#role.answers === 'never') return;
    const { queue } = neighbour.upload;
    if (!this.#mayAskFor(neighbour, block.index)) {
      const because = `it asks for piece ${block.index}, which it was never told that we have`;
      // BEP 6 has an answer for it; without that extension it broke the protocol.
      if (neighbour.isFast) this.#reject(neighbour, block, because, now);
      else this.#conversation.close(neighbour, because, now);
    } else if (neighbour.ours.choking && !neighbour.upload.granted.admits(block)) {
      // Our choke and its request have crossed: without the fast extension it knows that nothing will come (BEP 3).
      this.#reject(neighbour, block, 'it is choked', now);
    } else if (queue.length >= REQUESTS_WAITING_MAX && !queue.has(block)) {
      const because = `more than ${REQUESTS_WAITING_MAX} of its requests wait`;
      if (neighbour.isFast) this.#reject(neighbour, block, because, now);
      else this.#conversation.close(neighbour, because, now);
    } else {
      queue.add(block);
      this.#turns.add(neighbour);
      if (this.#suggestions?.asked(neighbour, block.index, now)) this.#suggest(neighbour, now);
    }
  }

  cancelled(neighbour: Neighbour, block: Block, now: number): void {
    // What was cancelled is answered all the same: by the block, if it has gone, or by this (BEP 6).
    if (neighbour.upload.queue.remove(block)) this.#reject(neighbour, block, 'it was cancelled', now);
  }

  /** Chooses the next block, takes it from its queue and counts it; null when nothing waits or the limit says wait. */
  next(now: number, mayTake: (id: NeighbourId) => boolean): Upload | null {
    const neighbour = this.#inTurn(mayTake);
    if (neighbour === null) {
      this.#limit.rest(now, this);
      return null;
    }
    if (this.#limit.waitMs(now, this) > 0) return null;
    const block = neighbour.upload.queue.take();
    // To the end: the others have their turn first.
    this.#turns.delete(neighbour);
    if (neighbour.upload.queue.length > 0) this.#turns.add(neighbour);
    if (block === null) return this.next(now, mayTake);
    neighbour.upload.meter.add(block.length, now);
    neighbour.lastSentAt = now;
    this.#limit.spend(block.length, now, this);
    return { to: neighbour.id, block };
  }

  /** Milliseconds until `next` may give what waits; null when the limit holds nothing back. */
  waitMs(now: number): number | null {
    if (this.#turns.size === 0) return null;
    const waitMs = this.#limit.waitMs(now, this);
    return waitMs === 0 ? null : waitMs;
  }

  tick(now: number): void {
    if (this.#superSeeding !== null) this.#show(this.#superSeeding.tick(now), now);
    this.#suggestions?.tick(now);
    this.#leave();
    if (!this.#slots.tick(now)) return;
    for (const { upload } of this.#conversation.neighbours.values()) {
      upload.interestChanges = 0;
      upload.rejects = 0;
    }
  }

  // ── what a choke drops, and what is given all the same ─────────────────────────────────────────────────────────────

  /** A choke drops what waits: it will be asked for again (BEP 3), and each is rejected, but for what is granted (BEP 6). */
  #choked(neighbour: Neighbour, now: number): void {
    this.#suggestions?.choked(neighbour);
    const { queue, granted } = neighbour.upload;
    for (const block of queue.drop(({ index }) => granted.has(index)))
      this.#reject(neighbour, block, 'it is choked', now);
    if (queue.length === 0) this.#turns.delete(neighbour);
  }

  /** Lets a newcomer have a few pieces though it is choked. */
  #grant(neighbour: Neighbour, now: number): void {
    if (!neighbour.isFast || this.#role.unchokes !== 'by policy') return;
    const { grid, have, torrent, sha1 } = this.#options;
    const { infoHash } = torrent;
    const { pieceCount, pieceLength } = grid;
    const set = allowedFastSet(neighbour.endpoint.address, { infoHash, pieceCount }, fastCount(pieceCount), sha1);
    const indexes = set.filter((index) => have.has(index));
    neighbour.upload.granted = new FastGrant(indexes, pieceLength);
    const because = 'it may have this piece though it is choked, to begin with';
    for (const index of indexes) this.#conversation.send(neighbour, { kind: 'allowed fast', index }, now, because);
  }

  // ── requests ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #mayAskFor(neighbour: Neighbour, index: number): boolean {
    if (this.#role.claimsAll) return true;
    return this.#options.have.has(index) && (this.#superSeeding?.isShown(neighbour, index) ?? true);
  }

  /** Answers a request that nothing will come of, if the neighbour knows that answer (BEP 6). */
  #reject(neighbour: Neighbour, { index, begin, length }: Block, because: string, now: number): void {
    if (!neighbour.isFast) return;
    neighbour.upload.rejects += 1;
    if (neighbour.upload.rejects > REJECTS_MAX) {
      this.#conversation.close(neighbour, `more than ${REJECTS_MAX} of its requests were rejected`, now);
      return;
    }
    this.#conversation.send(neighbour, { kind: 'reject', index, begin, length }, now, because);
  }

  #inTurn(mayTake: (id: NeighbourId) => boolean): Neighbour | null {
    for (const neighbour of this.#turns) if (mayTake(neighbour.id)) return neighbour;
    return null;
  }

  #boundByRole(bytesPerS: number): number {
    const most = this.#role.uploadBytesPerSMax;
    if (most === 0) return bytesPerS;
    return bytesPerS === 0 ? most : Math.min(bytesPerS, most);
  }

  // ── what a seed shows, and when it goes ────────────────────────────────────────────────────────────────────────────

  get #pieceCounts() {
    const { grid, neighboursMax, random } = this.#options;
    return { neighbours: this.#conversation.neighbours, pieceCount: grid.pieceCount, neighboursMax, random };
  }

  /** Who has everything knows what nobody was given yet. */
  #suggest(neighbour: Neighbour, now: number): void {
    const isOn = this.#policy.suggests && this.#options.have.isComplete && this.#role.answers === 'rightly';
    if (!isOn || this.#superSeeding !== null || !neighbour.isFast || neighbour.pieces.isComplete) return;
    this.#suggestions ??= new Suggestions(this.#pieceCounts);
    for (const { to, index, because } of this.#suggestions.next(neighbour, now)) {
      this.#conversation.send(to, { kind: 'suggest', index }, now, because);
    }
  }

  #show(showings: readonly Showing[], now: number): void {
    for (const { to, index, because } of showings) {
      this.#conversation.send(to, { kind: 'have', index }, now, `super-seeding: ${because}`);
    }
  }

  /** A leaver goes when its neighbours together have the file as often as its role says. */
  #leave(): void {
    const { leavesAfterCopies, because } = this.#role;
    const { have, grid } = this.#options;
    if (leavesAfterCopies === null || this.#hasLeft || !have.isComplete) return;
    for (let index = 0; index < grid.pieceCount; index++) {
      if (this.#downloads.picker.copies(index) < leavesAfterCopies) return;
    }
    this.#hasLeft = true;
    this.#conversation.output({ kind: 'leave', because });
  }
}

function allPieces(pieceCount: number): PieceSet {
  const all = new PieceSet(pieceCount);
  for (let index = 0; index < pieceCount; index++) all.add(index);
  return all;
}
