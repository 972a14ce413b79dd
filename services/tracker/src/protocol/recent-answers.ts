import type { Member } from './members.ts';

/** Answers that are kept, each with up to 200 peers: some 20 MB. */
const ANSWERS_MAX = 2_000;

interface Recent<Answer> {
  readonly answer: Answer;
  readonly at: number;
}

/** What members were told within the minimum interval: who asks again before it is over gets the same. */
export class RecentAnswers<Answer> {
  readonly #keepMs: number;
  /** The oldest comes first. */
  readonly #answers = new Map<Member, Recent<Answer>>();

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  of(member: Member, now: number): Answer | null {
    const recent = this.#answers.get(member);
    return recent !== undefined && this.#isFresh(recent, now) ? recent.answer : null;
  }

  add(member: Member, answer: Answer, now: number): void {
    this.#answers.delete(member);
    this.#answers.set(member, { answer, at: now });
    for (const [oldest, recent] of this.#answers) {
      if (this.#isFresh(recent, now) && this.#answers.size <= ANSWERS_MAX) break;
      this.#answers.delete(oldest);
    }
  }

  forget(member: Member): void {
    this.#answers.delete(member);
  }

  #isFresh({ at }: Recent<Answer>, now: number): boolean {
    return now - at < this.#keepMs;
  }
}
