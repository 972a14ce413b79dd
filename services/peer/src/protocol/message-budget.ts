/**
 * How much a neighbour may make us do for nothing. Some messages cost their sender a few octets and us some work: a choke gives
 * back all that was asked for, an unchoke asks for it again. Whoever speaks as peers do never comes near the limit; whoever
 * changes its mind ten thousand times a second does at once.
 */
import type { PeerMessage } from '#shared/bittorrent/peer-message.ts';

/** What may come at once, and what more in a second. */
const BURST = 4_000;
const PER_S = 400;
const MS_PER_S = 1000;

/**
 * What a message costs. A choker decides once in ten seconds, so that 100 chokes in a row are no choker's; of an extension
 * 400 messages in a row are more than the metadata of the largest torrent needs. What says everything that somebody has makes us
 * look at every piece; aria2 alone says it more than once (wire-rules.ts), in the place of twenty `have`.
 */
const COST: { readonly [Kind in PeerMessage['kind']]?: number } = {
  choke: 40,
  unchoke: 40,
  extended: 10,
  bitfield: 10,
  'have all': 10,
  suggest: 4,
  'allowed fast': 4,
  cancel: 1,
  'keep-alive': 1,
  unknown: 1,
};
/** Of a `have` that tells nothing new. */
const REPEATED_HAVE_COST = 4;
/** Of a block that nobody has asked for: 1000 in a row are more than cross with our cancels and their chokes. */
const UNASKED_BLOCK_COST = 4;

export class MessageBudget {
  #left = BURST;
  #at: number;

  constructor(now: number) {
    this.#at = now;
  }

  /** Whether the neighbour may send `message`; `isNews` is false for a `have` that had come already. */
  allows(message: PeerMessage, isNews: boolean, now: number): boolean {
    const cost = message.kind === 'have' && !isNews ? REPEATED_HAVE_COST : COST[message.kind];
    return cost === undefined || this.#spend(cost, now);
  }

  /** Whether the neighbour may have sent a block that it was not asked for. */
  allowsUnasked(now: number): boolean {
    return this.#spend(UNASKED_BLOCK_COST, now);
  }

  #spend(cost: number, now: number): boolean {
    this.#left = Math.min(BURST, this.#left + ((now - this.#at) * PER_S) / MS_PER_S) - cost;
    this.#at = now;
    return this.#left >= 0;
  }
}
