/**
 * The slots: whom we unchoke, and when (BEP 3, "choking and optimistic unchoking"). The choker decides; here its decisions are asked
 * for and carried out. Part of `Uploads`.
 */
import {
  CHOKE_TICK_MS,
  CHOKER_START,
  type ChokeCandidate,
  type ChokerState,
  fillSlot,
  type Ranking,
  rechoke,
} from './choker.ts';
import { type Neighbour, wantsNothing } from './neighbour.ts';
import type { SwarmPolicy } from './policy.ts';
import type { Role } from './role.ts';
import type { Conversation } from './swarm-exchange.ts';
import type { TokenBucket } from './token-bucket.ts';

/** The part of a limit that is left unused for so many seconds in a row before a seed unchokes more. */
const SPARE_PART = 0.1;
const SPARE_SECONDS = 2;
/** Slots that a seed opens beyond those of the policy, at most. */
const EXTRA_SLOTS_MAX = 16;
const MS_PER_S = 1000;

export interface SlotsOptions {
  readonly conversation: Conversation;
  readonly role: Role;
  readonly limit: TokenBucket;
  readonly random: () => number;
  readonly now: number;
  /** Whether everything that is wanted is there. */
  isDone(): boolean;
  policy(): SwarmPolicy;
  /** `neighbour` is about to be unchoked. */
  unchoking(neighbour: Neighbour, now: number): void;
  /** `neighbour` was choked. */
  choked(neighbour: Neighbour, now: number): void;
}

export class Slots {
  readonly #options: SlotsOptions;
  #choker: ChokerState = CHOKER_START;
  #chokedAt: number;
  /** Slots of a seed beyond those of the policy, and for how many seconds it has not used up its limit. */
  #extra = 0;
  #spareSeconds = 0;
  #unused: { readonly bytes: number; readonly at: number };

  constructor(options: SlotsOptions) {
    this.#options = options;
    this.#chokedAt = options.now;
    this.#unused = { bytes: 0, at: options.now };
  }

  /** Fills slots that are free, between two ticks of the choker. */
  fill(now: number, because = this.#whyAtOnce): void {
    for (;;) {
      const change = fillSlot(this.#candidates(now), this.#given(now));
      if (change === null) return;
      const { neighbours } = this.#options.conversation;
      if (change.choke !== null) {
        this.#choke(neighbours.get(change.choke), 'it is not interested, and another needs its slot', now);
      }
      this.#unchoke(neighbours.get(change.unchoke), because, now);
    }
  }

  /** A second has passed; true when the choker has decided anew. */
  tick(now: number): boolean {
    this.#useSpare(now);
    if (now - this.#chokedAt < CHOKE_TICK_MS) {
      // A slot that nobody uses may be given on ten seconds after it was given, which no message tells.
      this.fill(now);
      return false;
    }
    this.#chokedAt = now;
    const given = { ...this.#given(now), random: this.#options.random };
    const { unchoked, choked, state } = rechoke(this.#candidates(now), this.#choker, given);
    this.#choker = state;
    const { neighbours } = this.#options.conversation;
    // The chokes first: at no moment are there more than the slots.
    for (const [id, because] of choked) this.#choke(neighbours.get(id), because, now);
    for (const [id, because] of unchoked) this.#unchoke(neighbours.get(id), because, now);
    return true;
  }

  /**
   * Where those that are unchoked take less than the limit, a seed unchokes as many more as the rest would feed: nobody loses by
   * that. A leecher does not: that its slots are scarce is what tit for tat is made of.
   */
  #useSpare(now: number): void {
    const { limit, isDone } = this.#options;
    const bytes = limit.unusedBytes(now);
    const possible = ((now - this.#unused.at) * limit.bytesPerS) / MS_PER_S;
    const unused = bytes - this.#unused.bytes;
    this.#unused = { bytes, at: now };
    if (!isDone() || possible === 0) this.#extra = 0;
    this.#spareSeconds = isDone() && unused > SPARE_PART * possible ? this.#spareSeconds + 1 : 0;
    if (this.#spareSeconds < SPARE_SECONDS || !this.#isAwaited) return;
    this.#spareSeconds = 0;
    const more = Math.floor((unused * this.#slotCount) / Math.max(1, possible - unused));
    this.#extra = Math.min(EXTRA_SLOTS_MAX, this.#extra + Math.max(1, more));
    this.fill(now, 'a part of the upload limit is not used: there is room for more');
  }

  /** Whether somebody that is interested has no slot. */
  get #isAwaited(): boolean {
    const { neighbours } = this.#options.conversation;
    return [...neighbours.values()].some(({ ours, theirs }) => ours.choking && theirs.interested);
  }

  #given(now: number) {
    return { slots: this.#slotCount, ranking: this.#ranking, now };
  }

  get #slotCount(): number {
    const { role, policy } = this.#options;
    if (role.unchokes === 'nobody') return 0;
    if (role.unchokes === 'everybody' || policy().chokePolicy === 'none') return Number.POSITIVE_INFINITY;
    return policy().uploadSlots + this.#extra;
  }

  get #ranking(): Ranking {
    const { isDone, policy } = this.#options;
    if (!isDone()) return 'uploaders';
    return policy().seedPolicy === 'fastest' ? 'takers' : 'turns';
  }

  get #whyAtOnce(): string {
    const { role, policy } = this.#options;
    if (role.unchokes === 'everybody') return role.because;
    return policy().chokePolicy === 'none'
      ? 'it is interested, and nobody is choked'
      : 'it is interested and a slot is free';
  }

  #candidates(now: number): ChokeCandidate[] {
    const { isDone, conversation } = this.#options;
    const isGiven = !isDone();
    return [...conversation.neighbours.values()].map((neighbour) => ({
      id: neighbour.id,
      isInterested: neighbour.theirs.interested,
      isComplete: wantsNothing(neighbour),
      isUnchoked: !neighbour.ours.choking,
      isSnubbed: neighbour.download.isSnubbed,
      rate: (isGiven ? neighbour.download : neighbour.upload).meter.rate(now),
      connectedAt: neighbour.connectedAt,
      changedAt: neighbour.ours.chokingChangedAt,
    }));
  }

  #unchoke(neighbour: Neighbour | undefined, because: string, now: number): void {
    if (neighbour === undefined || !neighbour.ours.choking) return;
    this.#options.unchoking(neighbour, now);
    neighbour.ours.choking = false;
    neighbour.ours.chokingChangedAt = now;
    this.#options.conversation.send(neighbour, { kind: 'unchoke' }, now, because);
  }

  #choke(neighbour: Neighbour | undefined, because: string, now: number): void {
    if (neighbour === undefined || neighbour.ours.choking) return;
    neighbour.ours.choking = true;
    neighbour.ours.chokingChangedAt = now;
    this.#options.conversation.send(neighbour, { kind: 'choke' }, now, because);
    this.#options.choked(neighbour, now);
  }
}
