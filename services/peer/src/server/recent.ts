/** The last things that happened of one kind: enough to see why, and bounded. */
const RECENT_MAX = 50;

export class Recent<Item> {
  readonly #items: Item[] = [];

  add(item: Item): void {
    this.#items.push(item);
    if (this.#items.length > RECENT_MAX) this.#items.shift();
  }

  /** The oldest first. */
  get items(): readonly Item[] {
    return this.#items;
  }
}
