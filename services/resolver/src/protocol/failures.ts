/**
 * Questions that could not be resolved (RFC 9520): the failure is remembered, so that a question without an answer is not
 * asked of the servers again each time that a client repeats it. It is remembered for as long as it took to find out: five
 * seconds where all servers were silent, one where they refused at once. Each failure in a row doubles the time.
 */
import type { ExtendedError } from '#shared/dns/extended-error.ts';
import type { Question } from '#shared/dns/message.ts';
import { ANSWER_MS_MAX, questionKey } from './job.ts';

/**
 * How long a failure is remembered, in milliseconds of lab time. RFC 9520, section 3.2, allows from 1 second to 5 minutes. We
 * stop at half a minute, the most that BIND allows: whoever starts a server again wants to see that it answers.
 */
const REMEMBERED_MS_MIN = 1_000;
const REMEMBERED_MS_MAX = 30_000;
/** How long stale data is given out without asking the servers again, in milliseconds (RFC 8767, section 5: 30 seconds). */
export const RECHECK_MS = 30_000;
/** A failure that lies back longer than this is no longer one of a row, in milliseconds. */
const ROW_MS_MAX = 2 * REMEMBERED_MS_MAX;
/** Questions that are remembered; the oldest makes room. */
const QUESTIONS_MAX = 2_000;

export interface Failure {
  readonly failedAt: number;
  /** Until when the question is answered SERVFAIL at once. */
  readonly until: number;
  /** Failures in a row. */
  readonly count: number;
  readonly because: string;
  readonly errors: readonly ExtendedError[];
}

/** A search that has failed. */
interface FailedAttempt {
  readonly begunAt: number;
  readonly because: string;
  readonly errors: readonly ExtendedError[];
}

export class Failures {
  readonly #failures = new Map<string, Failure>();

  get size(): number {
    return this.#failures.size;
  }

  /** The failure that is still remembered, if any, at least as long as stale data is given out instead. */
  find(question: Question, now: number): Failure | undefined {
    if (this.#failures.size === 0) return undefined;
    const failure = this.#failures.get(questionKey(question));
    if (failure === undefined || now >= Math.max(failure.until, failure.failedAt + RECHECK_MS)) return undefined;
    return failure;
  }

  /** @param of when the search began that has failed now, and why it did. */
  failed(question: Question, of: FailedAttempt, now: number): void {
    const { begunAt, because, errors } = of;
    const key = questionKey(question);
    const last = this.#failures.get(key);
    const count = last !== undefined && now - last.failedAt < ROW_MS_MAX ? last.count + 1 : 1;
    const cameAfterMs = Math.min(ANSWER_MS_MAX, Math.max(REMEMBERED_MS_MIN, now - begunAt));
    const rememberedMs = Math.min(REMEMBERED_MS_MAX, cameAfterMs * 2 ** Math.min(count - 1, 16));
    this.#failures.delete(key);
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size < QUESTIONS_MAX) break;
      this.#failures.delete(oldest);
    }
    this.#failures.set(key, { failedAt: now, until: now + rememberedMs, count, because, errors });
  }

  succeeded(question: Question): void {
    if (this.#failures.size > 0) this.#failures.delete(questionKey(question));
  }

  clear(): void {
    this.#failures.clear();
  }
}
