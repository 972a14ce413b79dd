/**
 * The mailbox as one session has been told of it. A message sequence number is a place in this list (RFC 3501, section
 * 2.3.1.2), so the list changes only when the client is told: what happens meanwhile waits. An expunge moves numbers and
 * is told only where section 7.4.1 allows it: never while the client's FETCH, STORE or SEARCH is answered, which use numbers.
 */

/** What happened to a mailbox, as far as a view is concerned. */
export type ViewChange =
  | { readonly kind: 'arrived'; readonly uid: number }
  | { readonly kind: 'flagged'; readonly uid: number }
  | { readonly kind: 'expunged'; readonly uid: number };

/** What the client is to be told, in this order. */
export type ViewUpdate =
  | { readonly kind: 'expunge'; readonly number: number; readonly uid: number }
  | { readonly kind: 'exists'; readonly count: number }
  | { readonly kind: 'flags'; readonly number: number; readonly uid: number };

export class SequenceView {
  /** Never changed in place: another session may have the same list. */
  #uids: readonly number[];
  readonly #recent = new Set<number>();
  readonly #expunged = new Set<number>();
  readonly #arrived = new Set<number>();
  readonly #flagged = new Set<number>();

  constructor(uids: readonly number[]) {
    this.#uids = uids;
  }

  /** Gives the list to `choose`, and goes on with an equal one that it gives back. */
  share(choose: (uids: readonly number[]) => readonly number[]): void {
    this.#uids = choose(this.#uids);
  }

  /** UIDs in the order of their numbers. */
  get uids(): readonly number[] {
    return this.#uids;
  }

  get exists(): number {
    return this.#uids.length;
  }

  get recent(): number {
    return this.#uids.filter((uid) => this.#recent.has(uid)).length;
  }

  /** Whether there is something to tell. */
  hasNews(mayExpunge: boolean): boolean {
    return this.#arrived.size > 0 || this.#flagged.size > 0 || (mayExpunge && this.#expunged.size > 0);
  }

  uidOf(number: number): number | undefined {
    return this.#uids[number - 1];
  }

  /** The number of a UID, 0 when the client does not know it. */
  numberOf(uid: number): number {
    let low = 0;
    let high = this.#uids.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.#uids[middle]!;
      if (found === uid) return middle + 1;
      if (found < uid) low = middle + 1;
      else high = middle - 1;
    }
    return 0;
  }

  isRecent(uid: number): boolean {
    return this.#recent.has(uid);
  }

  /** This session is the first to be told of these messages (RFC 3501, section 2.3.2: \Recent). */
  claim(uids: readonly number[]): void {
    for (const uid of uids) this.#recent.add(uid);
  }

  note(change: ViewChange): void {
    const { uid } = change;
    if (change.kind === 'arrived') this.#arrived.add(uid);
    else if (change.kind === 'flagged') {
      if (!this.#arrived.has(uid)) this.#flagged.add(uid);
    } else if (!this.#arrived.delete(uid) && this.numberOf(uid) > 0) this.#expunged.add(uid);
  }

  /** The client has just been told this message's flags. */
  toldFlags(uid: number): void {
    this.#flagged.delete(uid);
  }

  /** Brings the list up to date as far as the client may be told, and says what to tell. */
  update(mayExpunge: boolean): ViewUpdate[] {
    const updates: ViewUpdate[] = mayExpunge ? this.#expunge() : [];
    if (this.#arrived.size > 0) {
      this.#uids = this.#uids.concat([...this.#arrived].sort((one, other) => one - other));
      this.#arrived.clear();
      updates.push({ kind: 'exists', count: this.#uids.length });
    }
    const flagged = [...this.#flagged].map((uid) => ({ kind: 'flags' as const, number: this.numberOf(uid), uid }));
    this.#flagged.clear();
    updates.push(...flagged.filter(({ number, uid }) => number > 0 && !this.#expunged.has(uid)));
    return updates;
  }

  /** From the highest number down, so that no number is moved by an earlier one. */
  #expunge(): ViewUpdate[] {
    const falling = [...this.#expunged].sort((one, other) => other - one);
    const updates = falling.map((uid) => ({ kind: 'expunge' as const, number: this.numberOf(uid), uid }));
    this.#uids = this.#uids.filter((uid) => !this.#expunged.has(uid));
    for (const uid of this.#expunged) this.#recent.delete(uid);
    this.#expunged.clear();
    return updates;
  }
}
