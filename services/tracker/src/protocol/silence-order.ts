import type { Member } from './members.ts';

/**
 * The members of all swarms in the order of their last announce, as a list that goes through the members themselves: who
 * announces goes to its end, and at its beginning stands who has been silent for longest.
 */
export class SilenceOrder {
  #first: Member | null = null;
  #last: Member | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Who has been silent for longest. */
  get first(): Member | null {
    return this.#first;
  }

  append(member: Member): void {
    member.before = this.#last;
    member.after = null;
    if (this.#last === null) this.#first = member;
    else this.#last.after = member;
    this.#last = member;
    this.#size += 1;
  }

  /** `member` is in the list. */
  remove(member: Member): void {
    const { before, after } = member;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    member.before = null;
    member.after = null;
    this.#size -= 1;
  }
}
