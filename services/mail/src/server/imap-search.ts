import { dayOf } from '../protocol/imap/date-time.ts';
import { toFlags } from '../protocol/imap/flags.ts';
import type { SearchKey, SetKey } from '../protocol/imap/search-key.ts';
import { type IsMember, type MessageFacts, matchesKey } from '../protocol/imap/search-match.ts';
import { searchableBody, searchableHeader } from '../protocol/imap/search-text.ts';
import { chooseFrom } from '../protocol/imap/sequence-set.ts';
import type { SelectedMailbox } from './imap-selected.ts';
import { scanMessage } from './message-reading.ts';

/** Octets of a message that are looked through; the rest of a longer one is not. */
const SEARCHED_OCTETS_MAX = 4 * 1024 * 1024;
/** Messages that are looked at before others get their turn. */
const MESSAGES_PER_TURN = 500;

/** The UIDs of the messages that match. @param isWanted false when nobody waits for the answer any more */
export async function searchMailbox(
  selected: SelectedMailbox,
  program: SearchKey,
  isWanted: () => boolean,
): Promise<number[]> {
  const isMember = membership(selected);
  const found: number[] = [];
  for (const [index, uid] of [...selected.view.uids].entries()) {
    if (!isWanted()) break;
    if (index % MESSAGES_PER_TURN === MESSAGES_PER_TURN - 1) await new Promise((resolve) => setImmediate(resolve));
    if (await isFound(selected, uid, program, isMember)) found.push(uid);
  }
  return found;
}

/** Reads no more of a message than the answer needs. */
async function isFound(
  selected: SelectedMailbox,
  uid: number,
  program: SearchKey,
  isMember: IsMember,
): Promise<boolean> {
  const { mailbox } = selected;
  const known = factsOf(selected, uid);
  if (known === null) return false;
  const atOnce = matchesKey(program, known, isMember);
  if (atOnce !== null) return atOnce;
  const arrivedAt = await mailbox.arrivedAt(uid);
  if (arrivedAt === null) return false;
  const dated = { ...known, internalDay: dayOf(arrivedAt) };
  const byDate = matchesKey(program, dated, isMember);
  if (byDate !== null) return byDate;
  const beginning = await scanMessage(mailbox, uid, 'header');
  if (beginning === null) return false;
  const withHeader = { ...dated, header: searchableHeader(beginning.entity.fields) };
  const byHeader = matchesKey(program, withHeader, isMember);
  if (byHeader !== null) return byHeader;
  const whole = await scanMessage(mailbox, uid, 'whole', SEARCHED_OCTETS_MAX);
  if (whole === null) return false;
  const body = searchableBody(whole.entity, whole.octets ?? new Uint8Array());
  return matchesKey(program, { ...withHeader, body }, isMember) === true;
}

function factsOf({ mailbox, view }: SelectedMailbox, uid: number): MessageFacts | null {
  const stored = mailbox.stored(uid);
  if (stored === null) return null;
  return {
    number: view.numberOf(uid),
    uid,
    flags: toFlags(stored.flags, mailbox.keywords).map((flag) => flag.toLowerCase()),
    isRecent: view.isRecent(uid),
    octets: stored.octets,
    internalDay: null,
    header: null,
    body: null,
  };
}

/** Each set is worked out once, not for every message. */
function membership({ view }: SelectedMailbox): IsMember {
  const members = new Map<SetKey, Set<number>>();
  const numbers = view.uids.map((_, index) => index + 1);
  return (key, { number, uid }) => {
    const chosen = members.get(key) ?? new Set(chooseFrom(key.kind === 'uids' ? view.uids : numbers, key.set));
    members.set(key, chosen);
    return chosen.has(key.kind === 'uids' ? uid : number);
  };
}
