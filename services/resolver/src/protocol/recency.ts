/**
 * Things in the order in which they were used, as a list that is linked both ways: using, adding and removing one costs the
 * same however many there are. (A Map keeps an order too, but finding its first key after many removals does not.)
 */
export interface Linked<Item> {
  older: Item | null;
  newer: Item | null;
}

export class Recency<Item extends Linked<Item>> {
  #oldest: Item | null = null;
  #newest: Item | null = null;

  /** What was used longest ago. */
  get oldest(): Item | null {
    return this.#oldest;
  }

  add(item: Item): void {
    item.older = this.#newest;
    item.newer = null;
    if (this.#newest === null) this.#oldest = item;
    else this.#newest.newer = item;
    this.#newest = item;
  }

  use(item: Item): void {
    if (item === this.#newest) return;
    this.remove(item);
    this.add(item);
  }

  remove(item: Item): void {
    if (item.older === null) this.#oldest = item.newer;
    else item.older.newer = item.newer;
    if (item.newer === null) this.#newest = item.older;
    else item.newer.older = item.older;
    item.older = null;
    item.newer = null;
  }

  clear(): void {
    this.#oldest = null;
    this.#newest = null;
  }
}
