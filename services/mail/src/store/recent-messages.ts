import type { Difference, MailboxIndex } from './mailbox-index.ts';

/** Which messages are recent: nobody was told of them yet (RFC 3501, section 2.3.2). */
export class RecentMessages {
  readonly #index: MailboxIndex;
  /** Messages that arrived since the start and that no session has claimed. */
  readonly #unclaimed = new Set<number>();

  constructor(index: MailboxIndex) {
    this.#index = index;
  }

  has(uid: number): boolean {
    return this.#unclaimed.has(uid) || this.#index.messageOf(uid)?.isNew === true;
  }

  learn({ expunged, arrived, wasListed }: Difference): void {
    for (const uid of expunged) this.#unclaimed.delete(uid);
    // Without a list nobody knows what other programs have shown to whom: only what lies in new is recent then.
    if (wasListed) for (const { uid } of arrived) this.#unclaimed.add(uid);
  }

  /** All of them, by rising UID, for one session; they move to `cur`. */
  async claim(): Promise<number[]> {
    const fresh = this.#index.newUids;
    const claimed = [...new Set([...fresh, ...this.#unclaimed])].sort((one, other) => one - other);
    await this.#index.setFlags(fresh, ({ flags }) => flags);
    this.#unclaimed.clear();
    return claimed;
  }
}
