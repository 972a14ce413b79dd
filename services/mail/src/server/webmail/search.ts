import type { SearchedIn } from '../../page/folder-page.ts';
import { IndexedHeaders, searchableBody } from '../../protocol/imap/search-text.ts';
import type { Mailbox } from '../../store/mailbox.ts';
import { scanMessage } from '../message-reading.ts';

/** Octets that are looked through of one message, and of all messages of one search together. */
const MESSAGE_OCTETS_MAX = 1024 * 1024;
const SEARCH_OCTETS_MAX = 128 * 1024 * 1024;
/** Messages that are looked at before others get their turn. */
const MESSAGES_PER_TURN = 200;

const FIELDS: Readonly<Record<SearchedIn, readonly string[]>> = {
  all: ['subject', 'from', 'to', 'cc'],
  subject: ['subject'],
  from: ['from', 'sender'],
  text: [],
};

export interface FoundMessages {
  readonly found: readonly number[];
  /** Messages that were not looked at: there was too much before them. */
  readonly unsearched: number;
}

/** The messages in which all words of the query stand, in the order of `uids`; capital letters count as small ones. */
export async function searchFolder(
  mailbox: Mailbox,
  uids: readonly number[],
  query: string,
  within: SearchedIn,
): Promise<FoundMessages> {
  const words = query.toLowerCase().split(/\s+/);
  const readsBody = within === 'all' || within === 'text';
  const headers = new IndexedHeaders();
  const found: number[] = [];
  let octets = 0;
  for (let from = 0; from < uids.length; from += MESSAGES_PER_TURN) {
    if (octets > SEARCH_OCTETS_MAX) return { found, unsearched: uids.length - from };
    await new Promise((resolve) => setImmediate(resolve));
    for (const facts of await mailbox.facts(uids.slice(from, from + MESSAGES_PER_TURN))) {
      if (facts === null) continue;
      const indexed = headers.header(facts.header ?? '');
      const header = FIELDS[within].flatMap((name) => indexed.values(name)).join('\n');
      const missing = words.filter((word) => !header.includes(word));
      // The body is read only for what the header does not settle.
      const isFound = missing.length === 0 || (readsBody && (await hasInBody(mailbox, facts.uid, missing)));
      if (isFound) found.push(facts.uid);
      if (readsBody && missing.length > 0) octets += Math.min(facts.octets, MESSAGE_OCTETS_MAX);
    }
  }
  return { found, unsearched: 0 };
}

async function hasInBody(mailbox: Mailbox, uid: number, words: readonly string[]): Promise<boolean> {
  const scanned = await scanMessage(mailbox, uid, 'whole', MESSAGE_OCTETS_MAX);
  if (scanned?.octets == null) return false;
  const text = searchableBody(scanned.entity, scanned.octets);
  return words.every((word) => text.includes(word));
}
