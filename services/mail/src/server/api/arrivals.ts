import { formatPlaces } from '../../protocol/message-name.ts';
import type { Mailbox } from '../../store/mailbox.ts';
import type { MailShelf, ShelvedMailbox } from './mail-shelf.ts';
import { formatSince, type MessageQuery, matchesQuery, readSince, type Since, scopeOf } from './message-query.ts';
import { type Found, found, hereOf, LOOKED_MAX, READ_MAX } from './message-search.ts';
import { Problem } from './problem.ts';
import { WatchedMailboxes } from './watched-mailboxes.ts';

/** Requests that may wait for messages at the same time. */
export const WAITERS_MAX = 100;
/** How often Maildirs are looked at for what other programs put into them, in milliseconds. */
const LOOK_MS = 1_000;
/** Messages whose facts are asked for at once. */
const BATCH = 100;
/** Messages that are named when the one that was waited for did not come. */
const NAMED_MAX = 5;

export interface Waited {
  /** The oldest message that was asked for; null when none came in time. */
  readonly found: Found | null;
  /** Behind it, in its mailbox; elsewhere where it was. Without one: where the mailboxes are. */
  readonly next: string;
  /** The last messages that were there and were not asked for. */
  readonly others: readonly Found[];
}

/** Waits for messages, of any number of mailboxes. It watches before it looks, so that none slips through between. */
export class Arrivals {
  readonly #shelf: MailShelf;
  readonly #stopping = new AbortController();
  #waiters = 0;

  constructor(shelf: MailShelf) {
    this.#shelf = shelf;
  }

  get waiters(): number {
    return this.#waiters;
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** @throws Problem when too many wait already, or the query names what is not there */
  async wait(query: MessageQuery, timeoutMs: number, gone: AbortSignal): Promise<Waited> {
    if (this.#waiters >= WAITERS_MAX) {
      const detail = `${WAITERS_MAX} requests wait for messages already: let some of them end first`;
      throw new Problem(503, 'too-many', 'Too many requests wait', detail);
    }
    this.#waiters += 1;
    try {
      return await this.#waitFor(query, timeoutMs, AbortSignal.any([gone, this.#stopping.signal]));
    } finally {
      this.#waiters -= 1;
    }
  }

  async #waitFor(query: MessageQuery, timeoutMs: number, ended: AbortSignal): Promise<Waited> {
    const since = readSince(query.since);
    const scope = scopeOf(query);
    const there = await this.#shelf.mailboxes(scope);
    const bell = new Bell(timeoutMs, ended);
    const watched = new WatchedMailboxes(() => bell.ring());
    watched.add(there);
    const looking = setInterval(() => {
      lookAtAll(watched.all);
      // Folders are made meanwhile.
      if (scope.folder === '*')
        void this.#shelf.mailboxes(scope).then(
          (now) => watched.add(now),
          () => {},
        );
    }, LOOK_MS);
    const looked = new Map(since.places);
    const others: Found[] = [];
    try {
      for (;;) {
        const mailboxes = await this.#shelf.lookAll(watched.all);
        const first = await firstOf(mailboxes, looked, query, since, others);
        if (first !== null) return { found: first, next: formatSince(sinceBehind(first, since)), others: [] };
        if (bell.isOver) return { found: null, next: formatPlaces(hereOf(mailboxes)), others };
        await bell.rung();
      }
    } finally {
      clearInterval(looking);
      watched.end();
      bell.end();
    }
  }
}

/** Looks at what is new since `looked`, which moves on, and gives the oldest that matches. */
async function firstOf(
  mailboxes: readonly ShelvedMailbox[],
  looked: Map<string, number>,
  query: MessageQuery,
  since: Since,
  others: Found[],
): Promise<Found | null> {
  let oldest: Found | null = null;
  for (const at of mailboxes) {
    const uids = at.messages.map(({ uid }) => uid).filter((uid) => uid > (looked.get(at.key) ?? 0));
    const lookedMax = query.text === undefined ? LOOKED_MAX : READ_MAX;
    const match = await firstIn(at, uids.slice(-lookedMax), query, since, others);
    if (match !== null && (oldest === null || match.summary.arrivedAt < oldest.summary.arrivedAt)) oldest = match;
    looked.set(at.key, at.uidNext - 1);
  }
  return oldest;
}

async function firstIn(
  at: ShelvedMailbox,
  uids: readonly number[],
  query: MessageQuery,
  since: Since,
  others: Found[],
): Promise<Found | null> {
  for (let from = 0; from < uids.length; from += BATCH) {
    for (const one of await found(at, uids.slice(from, from + BATCH))) {
      if (await matchesQuery(one.message, one.summary, query, since)) return one;
      others.push(one);
      if (others.length > NAMED_MAX) others.shift();
    }
  }
  return null;
}

function sinceBehind({ message, summary }: Found, { places, ms }: Since): Since {
  return { places: new Map([...places, [message.at.key, summary.uid]]), ms };
}

function lookAtAll(watched: readonly { readonly mailbox: Mailbox }[]): void {
  // A mailbox that was deleted meanwhile is found missing by the next look.
  for (const { mailbox } of watched) void mailbox.lookIfTouched().catch(() => {});
}

/** Rings for every change, for the end of the time, and when nobody waits any more; what rings while nobody listens is kept. */
class Bell {
  #isRung = false;
  #isOver = false;
  #wake: () => void = () => {};
  readonly #timer: NodeJS.Timeout;
  readonly #ended: AbortSignal;
  readonly #onEnd = () => this.#finish();

  constructor(timeoutMs: number, ended: AbortSignal) {
    this.#timer = setTimeout(this.#onEnd, timeoutMs);
    this.#ended = ended;
    ended.addEventListener('abort', this.#onEnd);
    if (ended.aborted) this.#finish();
  }

  /** The time is over, or nobody waits any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  ring(): void {
    this.#isRung = true;
    this.#wake();
  }

  async rung(): Promise<void> {
    if (!this.#isRung) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#isRung = false;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#ended.removeEventListener('abort', this.#onEnd);
  }

  #finish(): void {
    this.#isOver = true;
    this.ring();
  }
}
