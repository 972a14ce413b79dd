/**
 * How much one client may do in a period, as anvil(8) of Postfix counts it: connections, messages and recipients, by the
 * client's address and, at submission, by the user who logged in. A count begins with the first thing that is counted and is
 * forgotten when its period is over. All times are milliseconds of lab time.
 */
import type { SmtpReply } from './smtp-reply.ts';

/** What is counted. */
export type Counted = 'connections' | 'messages' | 'recipients';

export interface RateLimitOptions {
  readonly periodMs: number;
  /** So many in a period; 0 for any number. */
  readonly most: Readonly<Record<Counted, number>>;
}

export interface TooMany {
  readonly reply: SmtpReply;
  readonly because: string;
}

/** Clients and users that are remembered; the one that began first is forgotten for a new one. */
const REMEMBERED_MAX = 10_000;

interface Count {
  readonly since: number;
  readonly done: Record<Counted, number>;
}

/** Counts one more for `who`, an address or a user's name; what is too much comes back as the reply to give. */
export interface RateCounter {
  count(what: Counted, who: string, now: number): TooMany | null;
}

export class RateLimits implements RateCounter {
  readonly #options: RateLimitOptions;
  readonly #counts = new Map<string, Count>();

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  count(what: Counted, who: string, now: number): TooMany | null {
    const most = this.#options.most[what];
    if (most === 0) return null;
    const { done } = this.#countOf(who, now);
    done[what] += 1;
    if (done[what] <= most) return null;
    // A client that comes back later is welcome: the code is a temporary one. Before the greeting only 421 is left.
    const code = what === 'connections' ? 421 : 450;
    const seconds = this.#options.periodMs / 1000;
    return {
      reply: { code, status: '4.7.1', text: `Too many ${what} from you, try again later` },
      because: `${who} may have ${most} ${what} in ${seconds} s of lab time, and this is one more`,
    };
  }

  /** Counts what somebody else has judged. */
  add(who: string, done: Readonly<Record<Counted, number>>, now: number): void {
    const count = this.#countOf(who, now);
    for (const what of Object.keys(done) as Counted[]) count.done[what] += done[what];
  }

  #countOf(who: string, now: number): Count {
    const count = this.#counts.get(who);
    const age = count === undefined ? Infinity : now - count.since;
    if (count !== undefined && age >= 0 && age < this.#options.periodMs) return count;
    this.#counts.delete(who);
    if (this.#counts.size >= REMEMBERED_MAX) this.#counts.delete(this.#counts.keys().next().value ?? '');
    const fresh = { since: now, done: { connections: 0, messages: 0, recipients: 0 } };
    this.#counts.set(who, fresh);
    return fresh;
  }
}
