/** Requests of one neighbour that wait to be answered, oldest first. */
import type { Block } from '#shared/bittorrent/peer-message.ts';

export class UploadQueue {
  readonly #blocks = new Map<string, Block>();

  get length(): number {
    return this.#blocks.size;
  }

  /** Adds a request; one that waits already is the same request. */
  add({ index, begin, length }: Block): void {
    this.#blocks.set(keyOf({ index, begin, length }), { index, begin, length });
  }

  has(block: Block): boolean {
    return this.#blocks.has(keyOf(block));
  }

  /** Takes the oldest. */
  take(): Block | null {
    for (const [key, oldest] of this.#blocks) {
      this.#blocks.delete(key);
      return oldest;
    }
    return null;
  }

  /** Takes a request out; false when it does not wait here. */
  remove(block: Block): boolean {
    return this.#blocks.delete(keyOf(block));
  }

  /** Takes out all requests, or those that are not to be kept. */
  drop(isKept: (block: Block) => boolean = () => false): Block[] {
    const dropped = [...this.#blocks.values()].filter((block) => !isKept(block));
    for (const block of dropped) this.remove(block);
    return dropped;
  }
}

function keyOf({ index, begin, length }: Block): string {
  return `${index}:${begin}:${length}`;
}
