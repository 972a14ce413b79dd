/**
 * Peers that give and want nothing: seeds, and partial seeds, which have all that they want (BEP 21). Whoever is one says so in
 * its extension handshake (BEP 10), and says it again when that changes. Two of them have nothing to say to each other: after a
 * while they part, and their places are free for those who want something. Part of `Swarm`.
 */
import type { Neighbour } from './neighbour.ts';
import type { Conversation } from './swarm-exchange.ts';

/**
 * How long two that want nothing stay, in milliseconds: one may choose more files, whoever looks on sees how it ended, and a
 * keep-alive in two minutes is all that it costs. Where all places are taken, full-house.ts turns them out after a minute.
 */
const STAY_MS = 600_000;
const BECAUSE = 'neither of us wants anything: both only upload (BEP 21)';

export interface UploadOnlyOptions {
  readonly conversation: Conversation;
  /** Whether we are such a peer now. */
  isOne(): boolean;
  /** Sends the extension handshake once more. */
  tell(neighbour: Neighbour, now: number): void;
}

export class UploadOnly {
  readonly #options: UploadOnlyOptions;
  #wasOne: boolean;

  constructor(options: UploadOnlyOptions) {
    this.#options = options;
    this.#wasOne = options.isOne();
  }

  /** We may have become one, or may want something again: all hear of it. */
  heed(now: number): void {
    const { conversation, isOne, tell } = this.#options;
    if (isOne() === this.#wasOne) return;
    this.#wasOne = isOne();
    for (const neighbour of conversation.neighbours.values()) if (neighbour.extensions !== null) tell(neighbour, now);
  }

  /** A second has passed: parts with those that have wanted nothing for a while, as we have. */
  tick(now: number): void {
    const { conversation, isOne } = this.#options;
    if (!isOne()) return;
    for (const neighbour of [...conversation.neighbours.values()]) {
      if (neighbour.idleSince === null || now - neighbour.idleSince < STAY_MS) continue;
      const { isUploadOnly = false, metadataSize = null } = neighbour.extensions ?? {};
      // Without the metadata it may still want that (BEP 9).
      if (isUploadOnly && metadataSize !== null) conversation.close(neighbour, BECAUSE, now);
    }
  }
}
