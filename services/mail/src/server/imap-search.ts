import { dayOf } from '../protocol/imap/date-time.ts';
import { toFlags } from '../protocol/imap/flags.ts';
import type { SearchKey, SetKey } from '../protocol/imap/search-key.ts';
import { type IsMember, matchesKey, type MessageFacts as Searched } from '../protocol/imap/search-match.ts';
import { IndexedHeaders } from '../protocol/imap/search-text.ts';
import { numbersIn } from '../protocol/imap/sequence-set.ts';
import type { MessageFacts } from '../protocol/message-facts.ts';
import { Slices } from '../store/slices.ts';
import { chooseNumbers } from './imap-numbers.ts';
import type { SelectedMailbox } from './imap-selected.ts';
import type { ImapSession } from './imap-session.ts';
import { ReadMessage } from './read-message.ts';

/** Octets of a message that are looked through; the rest of a longer one is not. */
const SEARCHED_OCTETS_MAX = 4 * 1024 * 1024;
/** Messages whose facts are asked for at once. */
const FACTS_AT_ONCE = 250;

/** The numbers of the messages that match, by rising number: RFC 3501, section 6.4.4. @param saved what `$` stands for */
export async function searchMailbox(
  session: ImapSession,
  program: SearchKey,
  saved: readonly number[],
): Promise<number[]> {
  const { selected, wire } = session;
  const isMember = membership(session, saved);
  const flagNames = flagNamesIn(selected);
  const headers = new IndexedHeaders();
  const slices = new Slices();
  const found: number[] = [];
  const { uids } = selected.view;
  for (let from = 0; from < uids.length; from += FACTS_AT_ONCE) {
    // What flags and sizes tell is told at once; then the index is asked; then files are read.
    const open: Searched[] = [];
    for (let place = from; place < Math.min(uids.length, from + FACTS_AT_ONCE); place += 1) {
      const known = knownAtOnce(selected, place + 1, uids[place]!, flagNames);
      const matches = known === null ? false : matchesKey(program, known, isMember);
      if (matches === true) found.push(place + 1);
      else if (matches === null) open.push(known!);
    }
    const facts = open.length === 0 ? [] : await selected.mailbox.facts(open.map(({ uid }) => uid));
    for (const [index, known] of open.entries()) {
      if (!wire.isOpen) return found;
      if (slices.isOver) await slices.rest();
      const indexed = withFacts(known, facts[index] ?? null, headers);
      const byIndex = indexed.internalDay === null ? false : matchesKey(program, indexed, isMember);
      if (byIndex ?? (await isFoundInFile(selected, indexed, program, isMember))) found.push(known.number);
    }
    if (slices.isOver) await slices.rest();
  }
  return found.sort((one, other) => one - other);
}

function knownAtOnce(
  { mailbox, view }: SelectedMailbox,
  number: number,
  uid: number,
  flagNames: (letters: string) => readonly string[],
): Searched | null {
  const stored = mailbox.stored(uid);
  if (stored === null) return null;
  return {
    number,
    uid,
    flags: flagNames(stored.flags),
    isRecent: view.isRecent(uid),
    octets: stored.octets,
    modseq: stored.modseq,
    internalDay: null,
    header: null,
    body: null,
  };
}

function withFacts(known: Searched, facts: MessageFacts | null, headers: IndexedHeaders): Searched {
  if (facts === null) return known;
  const { header } = facts;
  return { ...known, internalDay: dayOf(facts.arrivedAt), header: header === null ? null : headers.header(header) };
}

/** For what the index does not settle: reads no more of a message than the answer needs. */
async function isFoundInFile(
  selected: SelectedMailbox,
  known: Searched,
  program: SearchKey,
  isMember: IsMember,
): Promise<boolean> {
  const octets = await selected.mailbox.readOctets(known.uid, SEARCHED_OCTETS_MAX);
  if (octets === null) return false;
  const read = new ReadMessage(octets);
  return matchesKey(program, { ...known, header: read.header, body: read }, isMember) === true;
}

/** Names of flags in small letters, by the letters of a file's name: few combinations, many messages. */
function flagNamesIn({ mailbox }: SelectedMailbox): (letters: string) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return (letters) => {
    const names = known.get(letters) ?? toFlags(letters, mailbox.keywords).map((flag) => flag.toLowerCase());
    known.set(letters, names);
    return names;
  };
}

/** Each set is worked out once, not for every message. */
function membership(session: ImapSession, saved: readonly number[]): IsMember {
  const members = new Map<SetKey, Set<number>>();
  return (key, { number }) => {
    const chosen = members.get(key) ?? new Set(numbersOf({ selected: session.selected, saved }, key));
    members.set(key, chosen);
    return chosen.has(number);
  };
}

/** Numbers beyond the last message match nothing. */
function numbersOf(chosenFrom: Pick<ImapSession, 'selected' | 'saved'>, { kind, set }: SetKey): readonly number[] {
  if (kind === 'numbers' && set !== '$') return numbersIn(set, chosenFrom.selected.view.exists);
  return chooseNumbers(chosenFrom, set, 'uid');
}
