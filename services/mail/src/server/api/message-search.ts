import { formatPlaces, type Places } from '../../protocol/message-name.ts';
import type { MailShelf, ShelvedMailbox, ShelvedMessage } from './mail-shelf.ts';
import { type MessageQuery, matchesQuery, readSince, scopeOf } from './message-query.ts';
import { type MessageSummary, summarize } from './message-summaries.ts';

/** Messages whose facts are asked for at once. */
const BATCH = 100;
/** Messages that one request looks at; and where it must read their texts. */
export const LOOKED_MAX = 5_000;
export const READ_MAX = 300;

/** A message with what a list shows of it. */
export interface Found {
  readonly message: ShelvedMessage;
  readonly summary: MessageSummary;
}

export interface FoundPage {
  readonly found: readonly Found[];
  /** Where the next page goes on: messages below it; null when there is none. */
  readonly before: string | null;
  /** Where the mailboxes are now: what comes later is since here. */
  readonly here: string;
}

/** The newest messages first that a query is about, a page at a time; no page looks at more than a limited number of them. */
export async function searchMessages(
  shelf: MailShelf,
  query: MessageQuery,
  page: { readonly limit: number; readonly before: Places | null },
): Promise<FoundPage> {
  const since = readSince(query.since);
  const mailboxes = await shelf.look(scopeOf(query));
  const lines = mailboxes.map((at) => {
    const after = since.places.get(at.key) ?? 0;
    return new NewestFirst(at, after, page.before?.get(at.key) ?? Number.POSITIVE_INFINITY);
  });
  const found: Found[] = [];
  let left = query.text === undefined ? LOOKED_MAX : READ_MAX;
  for (; left > 0 && found.length < page.limit; left -= 1) {
    const next = await newestOf(lines);
    if (next === null) break;
    if (await matchesQuery(next.message, next.summary, query, since)) found.push(next);
  }
  const isOver = (await newestOf(lines.map((line) => line.peeking()))) === null;
  const before = new Map(lines.map((line) => [line.key, line.lookedDownTo] as const));
  return { found, before: isOver ? null : formatPlaces(before), here: formatPlaces(hereOf(mailboxes)) };
}

/** The highest UID of each mailbox that has had a message. */
export function hereOf(mailboxes: readonly ShelvedMailbox[]): Places {
  return new Map(mailboxes.filter(({ uidNext }) => uidNext > 1).map(({ key, uidNext }) => [key, uidNext - 1]));
}

/** One mailbox, from its newest message down. */
class NewestFirst {
  readonly key: string;
  readonly #at: ShelvedMailbox;
  readonly #uids: readonly number[];
  #from = 0;
  #ready: Found[] = [];
  #looked: number;
  #isPeeking = false;

  constructor(at: ShelvedMailbox, after: number, before: number) {
    this.key = at.key;
    this.#at = at;
    this.#uids = at.messages
      .map(({ uid }) => uid)
      .filter((uid) => uid > after && uid < before)
      .reverse();
    this.#looked = Number.isFinite(before) ? before : at.uidNext;
  }

  get lookedDownTo(): number {
    return this.#looked;
  }

  /** From now on `take` does not move on. */
  peeking(): this {
    this.#isPeeking = true;
    return this;
  }

  async first(): Promise<Found | null> {
    while (this.#ready.length === 0 && this.#from < this.#uids.length) {
      const uids = this.#uids.slice(this.#from, this.#from + BATCH);
      this.#from += uids.length;
      this.#ready = await found(this.#at, uids);
    }
    return this.#ready[0] ?? null;
  }

  take(): void {
    if (this.#isPeeking) return;
    const taken = this.#ready.shift();
    if (taken !== undefined) this.#looked = taken.summary.uid;
  }
}

async function newestOf(lines: readonly NewestFirst[]): Promise<Found | null> {
  let newest: { line: NewestFirst; found: Found } | null = null;
  for (const line of lines) {
    const first = await line.first();
    if (first === null) continue;
    if (newest === null || first.summary.arrivedAt > newest.found.summary.arrivedAt) newest = { line, found: first };
  }
  newest?.line.take();
  return newest?.found ?? null;
}

/** The messages of these UIDs that are still there, with their summaries, in the order of the UIDs. */
export async function found(at: ShelvedMailbox, uids: readonly number[]): Promise<Found[]> {
  const summaries = await summarize(at.mailbox, uids);
  return summaries.flatMap((summary) => {
    const stored = at.mailbox.stored(summary.uid);
    return stored === null ? [] : [{ message: { at, stored }, summary }];
  });
}
