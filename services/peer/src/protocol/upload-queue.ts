/** Requests of one neighbour that wait to be answered, oldest first. */
import type { Block } from '#shared/bittorrent/peer-message.ts';

interface Waiting {
  readonly key: string;
  readonly block: Block;
}

export class UploadQueue {
  readonly #blocks = new Map<string, Waiting>();

  get length(): number {
    return this.#blocks.size;
  }

  /** Adds a request; one that waits already is the same request. */
  add({ index, begin, length }: Block): void {
    const block = { index, begin, length };
    const key = keyOf(block);
    this.#blocks.set(key, { key, block });
  }

  has(block: Block): boolean {
    return this.#blocks.has(keyOf(block));
  }

  /** Takes the oldest. */
  take(): Block | null {
    const oldest = this.#blocks.values().next().value;
    if (oldest === undefined) return null;
    this.#blocks.delete(oldest.key);
    return oldest.block;
  }

  /** Takes a request out; false when it does not wait here. */
  remove(block: Block): boolean {
    return this.#blocks.delete(keyOf(block));
  }

  /** Takes out all requests, or those that are not to be kept. */
  drop(isKept: (block: Block) => boolean = () => false): Block[] {
    const dropped = [...this.#blocks.values()].filter(({ block }) => !isKept(block));
    for (const { key } of dropped) this.#blocks.delete(key);
    return dropped.map(({ block }) => block);
  }
}

function keyOf({ index, begin, length }: Block): string {
  return `${index}:${begin}:${length}`;
}
