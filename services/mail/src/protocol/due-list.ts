/**
 * What is due when, the earliest first: a binary heap of times. A queue of ten thousand messages is asked for the next one at
 * every turn, and must not look at all of them.
 */

interface Item<Key> {
  readonly key: Key;
  readonly dueAt: number;
  /** What is due at the same time is taken in the order in which it was put. */
  readonly order: number;
}

/** The heap is made anew when so many of its items no longer count. */
const STALE_MAX = 1000;

export class DueList<Key> {
  /** How it stands with each key; an item of the heap that is not here does not count any more. */
  readonly #items = new Map<Key, Item<Key>>();
  #heap: Item<Key>[] = [];
  #puts = 0;

  get size(): number {
    return this.#items.size;
  }

  /** The keys, in no order that means anything. */
  keys(): IterableIterator<Key> {
    return this.#items.keys();
  }

  /** Puts `key` in, or changes its time. */
  set(key: Key, dueAt: number): void {
    const before = this.#items.get(key);
    if (before?.dueAt === dueAt) return;
    this.#puts += 1;
    const item = { key, dueAt, order: this.#puts };
    this.#items.set(key, item);
    if (this.#heap.length > this.#items.size + STALE_MAX) this.#rebuild();
    else this.#rise(item);
  }

  delete(key: Key): void {
    this.#items.delete(key);
  }

  /** When the first is due; null when there is nothing. */
  nextAt(): number | null {
    return this.#first()?.dueAt ?? null;
  }

  /** What is due first, whether its time has come or not. */
  first(): Key | null {
    return this.#first()?.key ?? null;
  }

  /** Takes out what is due first, if its time has come. */
  take(now: number): Key | null {
    const first = this.#first();
    if (first === null || first.dueAt > now) return null;
    this.#items.delete(first.key);
    this.#removeTop();
    return first.key;
  }

  /** How many are due, counted up to `most`. */
  countDue(now: number, most: number): number {
    let count = 0;
    for (const { dueAt } of this.#items.values()) {
      if (dueAt <= now) count += 1;
      if (count >= most) break;
    }
    return count;
  }

  #first(): Item<Key> | null {
    for (;;) {
      const [top] = this.#heap;
      if (top === undefined) return null;
      if (this.#items.get(top.key) === top) return top;
      this.#removeTop();
    }
  }

  #removeTop(): void {
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
  }

  /** Appends an item, and lets it rise to its place. */
  #rise(item: Item<Key>): void {
    let at = this.#heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.#heap[parent]!;
      if (isBefore(above, item)) break;
      this.#heap[at] = above;
      at = parent;
    }
    this.#heap[at] = item;
  }

  /** Puts an item at the top, and lets it sink to its place. */
  #sink(item: Item<Key>): void {
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= this.#heap.length) break;
      if (child + 1 < this.#heap.length && isBefore(this.#heap[child + 1]!, this.#heap[child]!)) child += 1;
      if (isBefore(item, this.#heap[child]!)) break;
      this.#heap[at] = this.#heap[child]!;
      at = child;
    }
    this.#heap[at] = item;
  }

  #rebuild(): void {
    // An array in rising order is a heap.
    this.#heap = [...this.#items.values()].sort((one, other) => (isBefore(one, other) ? -1 : 1));
  }
}

function isBefore(one: Item<unknown>, other: Item<unknown>): boolean {
  return one.dueAt < other.dueAt || (one.dueAt === other.dueAt && one.order < other.order);
}
