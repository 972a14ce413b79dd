import type { Mailbox } from '../store/mailbox.ts';

/** Lists of UIDs, one for all sessions that know the same messages of a mailbox: a hundred idle sessions cost no more than one. */
export class UidLists {
  readonly #last = new WeakMap<Mailbox, readonly number[]>();

  /** The list that another session has already, when it is the same. Nobody changes a list that was given here. */
  share(mailbox: Mailbox, uids: readonly number[]): readonly number[] {
    const last = this.#last.get(mailbox);
    if (last !== undefined && isSame(last, uids)) return last;
    this.#last.set(mailbox, uids);
    return uids;
  }
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
  return true;
}
