/** What we give: who may ask, what waits to be sent, and in whose turn (BEP 3, "peer protocol"). Part of `Swarm`. */
import type { Block } from '#shared/bittorrent/peer-message.ts';
import { CHOKE_TICK_MS, CHOKER_START, type ChokeCandidate, type ChokerState, fillFreeSlot, rechoke } from './choker.ts';
import type { Neighbour, NeighbourId } from './neighbour.ts';
import type { Conversation, SwarmOptions } from './swarm.ts';
import { TokenBucket } from './token-bucket.ts';

/** Requests of one neighbour that may wait; the largest pipeline of a common client is as deep. */
const QUEUE_MAX = 500;

/** A block that is to be sent now. */
export interface Upload {
  readonly to: NeighbourId;
  readonly block: Block;
}

export class Uploads {
  readonly #conversation: Conversation;
  readonly #options: SwarmOptions;
  readonly #limit: TokenBucket;
  #choker: ChokerState = CHOKER_START;
  #chokedAt: number;

  constructor(conversation: Conversation, options: SwarmOptions) {
    this.#conversation = conversation;
    this.#options = options;
    this.#limit = new TokenBucket(options.uploadBytesPerS, options.now);
    this.#chokedAt = options.now;
  }

  asked(neighbour: Neighbour, { index, begin, length }: Block, now: number): void {
    // Our choke and its request have crossed: it knows that nothing will come (BEP 3).
    if (neighbour.ours.choking) return;
    const { queue } = neighbour.upload;
    if (!this.#options.have.has(index)) {
      this.#conversation.close(neighbour, `it asks for piece ${index}, which we never said to have`, now);
    } else if (queue.length >= QUEUE_MAX) {
      this.#conversation.close(neighbour, `more than ${QUEUE_MAX} of its requests wait`, now);
    } else if (!queue.some((block) => block.index === index && block.begin === begin && block.length === length)) {
      queue.push({ index, begin, length });
    }
  }

  cancelled({ upload: { queue } }: Neighbour, { index, begin }: Block): void {
    const at = queue.findIndex((block) => block.index === index && block.begin === begin);
    if (at >= 0) queue.splice(at, 1);
  }

  /** Chooses the next block, takes it from its queue and counts it; null when nothing waits or the limit says wait. */
  next(now: number, mayTake: (id: NeighbourId) => boolean): Upload | null {
    const { neighbours } = this.#conversation;
    if (this.#limit.waitMs(now) > 0) return null;
    for (const neighbour of neighbours.values()) {
      const [block] = neighbour.upload.queue;
      if (block === undefined || !mayTake(neighbour.id)) continue;
      neighbour.upload.queue.shift();
      neighbour.upload.meter.add(block.length, now);
      neighbour.lastSentAt = now;
      this.#limit.spend(block.length, now);
      // To the end of the map: the others have their turn first.
      neighbours.delete(neighbour.id);
      neighbours.set(neighbour.id, neighbour);
      return { to: neighbour.id, block };
    }
    return null;
  }

  /** Milliseconds until `next` may give what waits; null when the limit holds nothing back. */
  waitMs(now: number): number | null {
    const waitMs = this.#limit.waitMs(now);
    if (waitMs === 0) return null;
    return [...this.#conversation.neighbours.values()].some(({ upload }) => upload.queue.length > 0) ? waitMs : null;
  }

  /** Fills slots that are free, between two ticks of the choker. */
  fillSlots(now: number): void {
    for (;;) {
      const chosen = fillFreeSlot(this.#candidates(now), this.#options.uploadSlots, now);
      const neighbour = chosen === null ? undefined : this.#conversation.neighbours.get(chosen);
      if (neighbour === undefined) return;
      this.#setChoking(neighbour, false, 'it is interested and a slot is free', now);
    }
  }

  tick(now: number): void {
    if (now - this.#chokedAt < CHOKE_TICK_MS) return;
    this.#chokedAt = now;
    const { uploadSlots: slots, random } = this.#options;
    const { unchoked, state } = rechoke(this.#candidates(now), this.#choker, { slots, now, random });
    this.#choker = state;
    for (const neighbour of this.#conversation.neighbours.values()) {
      const because = unchoked.get(neighbour.id);
      const otherwise = neighbour.theirs.interested ? 'others got the slots' : 'it is not interested';
      this.#setChoking(neighbour, because === undefined, because ?? otherwise, now);
    }
  }

  #setChoking(neighbour: Neighbour, choking: boolean, because: string, now: number): void {
    if (neighbour.ours.choking === choking) return;
    neighbour.ours.choking = choking;
    neighbour.ours.chokingChangedAt = now;
    // A choke drops what waits; it will be asked for again (BEP 3).
    if (choking) neighbour.upload.queue.length = 0;
    this.#conversation.send(neighbour, { kind: choking ? 'choke' : 'unchoke' }, now, because);
  }

  #candidates(now: number): ChokeCandidate[] {
    const isSeed = this.#options.have.isComplete;
    return [...this.#conversation.neighbours.values()].map((neighbour) => ({
      id: neighbour.id,
      isInterested: neighbour.theirs.interested,
      isUnchoked: !neighbour.ours.choking,
      isSnubbed: neighbour.download.isSnubbed,
      rate: (isSeed ? neighbour.upload : neighbour.download).meter.rate(now),
      connectedAt: neighbour.connectedAt,
      changedAt: neighbour.ours.chokingChangedAt,
    }));
  }
}
