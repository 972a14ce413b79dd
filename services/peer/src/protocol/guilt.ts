/**
 * Who gave wrong octets, and is banned for it (BEP 3 leaves it open what to do about wrong pieces). One giver alone of a wrong
 * piece is guilty. Of several it is not known who: what they gave is kept, and compared when the piece is right. Part of `Downloads`.
 */
import { type Attempt, BlockCompare } from './block-compare.ts';
import type { StartedPiece } from './started-piece.ts';
import type { Conversation } from './swarm-exchange.ts';
import type { WebSeeds } from './web-seeds.ts';

/** How many blocks each one gave that are not those of the right piece. */
export type Liars = ReadonlyMap<string, number>;

export class Guilt {
  readonly #conversation: Conversation;
  readonly #webSeeds: Pick<WebSeeds, 'drop'>;
  readonly #failedTries = new BlockCompare();

  constructor(conversation: Conversation, webSeeds: Pick<WebSeeds, 'drop'>) {
    this.#conversation = conversation;
    this.#webSeeds = webSeeds;
  }

  /** The piece is right: who had given something else before. */
  liars({ index, octets }: StartedPiece): Liars {
    return this.#failedTries.liars(index, octets);
  }

  banLiars(index: number, liars: Liars, now: number): void {
    for (const [giver, blocks] of liars) {
      const [counted, are] = blocks === 1 ? ['a block', 'is'] : [`${blocks} blocks`, 'are'];
      this.#ban(giver, `${counted} of piece ${index} that it gave ${are} not that of the right one`, now);
    }
  }

  /** The hash of the piece is wrong: `attempt` is what had come. */
  wrong(index: number, attempt: Attempt, now: number): void {
    const [giver, ...others] = new Set(attempt.givers.filter((one) => one !== null));
    if (others.length > 0) this.#failedTries.keep(index, attempt);
    else if (giver !== undefined) this.#ban(giver, `all of piece ${index} came from it, and its hash is wrong`, now);
  }

  #ban(giver: string, because: string, now: number): void {
    if (this.#webSeeds.drop(giver, because)) return;
    this.#conversation.output({ kind: 'ban', address: giver, because });
    for (const neighbour of [...this.#conversation.neighbours.values()]) {
      if (neighbour.endpoint.address === giver) this.#conversation.close(neighbour, because, now);
    }
  }
}
