import type { Mailbox } from '../../store/mailbox.ts';
import type { FoundMailbox } from './mail-shelf.ts';

/** The mailboxes of one wait; `onChange` is called for every change of one, and when there are more. */
export class WatchedMailboxes {
  readonly #onChange: () => void;
  readonly #mailboxes = new Map<Mailbox, { found: FoundMailbox; unsubscribe: () => void }>();
  #hasEnded = false;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get all(): FoundMailbox[] {
    return [...this.#mailboxes.values()].map(({ found }) => found);
  }

  add(mailboxes: readonly FoundMailbox[]): void {
    const added = this.#hasEnded ? [] : mailboxes.filter(({ mailbox }) => !this.#mailboxes.has(mailbox));
    for (const found of added)
      this.#mailboxes.set(found.mailbox, { found, unsubscribe: found.mailbox.subscribe(this.#onChange) });
    if (added.length > 0) this.#onChange();
  }

  end(): void {
    this.#hasEnded = true;
    for (const { unsubscribe } of this.#mailboxes.values()) unsubscribe();
  }
}
