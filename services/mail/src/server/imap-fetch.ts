import { formatInternalDate } from '../protocol/imap/date-time.ts';
import { type FetchItem, type SectionItem, setsSeen } from '../protocol/imap/fetch-item.ts';
import { changeLetters, toLetters } from '../protocol/imap/flags.ts';
import { HeaderChoice, isIndexedSection } from '../protocol/imap/header-choice.ts';
import { isInHeader } from '../protocol/imap/section.ts';
import type { MessageFacts } from '../protocol/message-facts.ts';
import type { StoredMessage } from '../store/mailbox.ts';
import type { FactsReach } from '../store/mailbox-facts.ts';
import { Slices } from '../store/slices.ts';
import { contentPieces, isContent, type ResponsePiece, requireDecodable } from './imap-content.ts';
import { flagsOf, formatModseq } from './imap-news.ts';
import type { ImapSession } from './imap-session.ts';
import { type Reach, readRange, type ScannedMessage, scanMessage } from './message-reading.ts';

const SEEN = toLetters(['\\Seen'], []);
/** Messages whose facts are asked for at once, and messages whose files are read before others get their turn. */
const FACTS_AT_ONCE = 250;
const FILES_AT_ONCE = 25;

/** One message that is fetched. */
interface Fetched {
  readonly number: number;
  readonly stored: StoredMessage;
  readonly facts: MessageFacts | null;
}

/** Writes what an item stands for; null when the file has to be read for it. */
type Format = (session: ImapSession, fetched: Fetched) => string | null;

/** What is to be done for each message, worked out once. */
interface Plan {
  readonly items: readonly FetchItem[];
  readonly formats: readonly Format[];
  /** What is asked of the index; null when nothing is. */
  readonly facts: FactsReach | null;
  /** What must be read where the index does not know it. */
  readonly reach: Reach;
}

/**
 * FETCH responses for these messages: RFC 3501, section 7.4.2. What the index of the mailbox knows is answered without a pause
 * for each message; files are read only for their texts. False when one of the messages is gone, of which nothing is sent.
 */
export async function fetchMessages(
  session: ImapSession,
  numbers: readonly number[],
  items: readonly FetchItem[],
): Promise<boolean> {
  const { selected, wire } = session;
  const { mailbox, view } = selected;
  const plan = planFor(items);
  // Flags that the fetch itself has changed are told with it.
  const planWithFlags = planFor(withFlags(items, session.enabled.has('CONDSTORE')));
  const slices = new Slices();
  const atOnce = plan.formats.includes(fromFile) ? FILES_AT_ONCE : FACTS_AT_ONCE;
  let isComplete = true;
  for (let from = 0; from < numbers.length; from += atOnce) {
    const some = numbers.slice(from, from + atOnce);
    const uids = some.map((number) => view.uidOf(number)!);
    const seenNow = setsSeen(items) ? await markSeen(session, uids) : NO_UIDS;
    const facts = plan.facts === null ? null : await mailbox.facts(uids, plan.facts);
    for (const [index, number] of some.entries()) {
      if (!wire.isOpen) return isComplete;
      const stored = mailbox.stored(uids[index]!);
      const fetched = stored === null ? null : { number, stored, facts: facts?.[index] ?? null };
      if (fetched === null || (plan.facts !== null && fetched.facts === null)) {
        isComplete = false;
        continue;
      }
      const chosen = seenNow.has(fetched.stored.uid) ? planWithFlags : plan;
      const line = formatAtOnce(session, fetched, chosen);
      if (line !== null) wire.send(line);
      else isComplete = (await sendFromFile(session, fetched, chosen)) && isComplete;
      if (wire.isFull) await wire.drained();
      if (slices.isOver) await slices.rest();
    }
  }
  return isComplete;
}

const NO_UIDS: ReadonlySet<number> = new Set();

function planFor(items: readonly FetchItem[]): Plan {
  const texts = items.filter(isContent);
  const isHeader = texts.every((item) => item.kind === 'section' && isInHeader(item.section));
  const isWhole = texts.every(
    (item) => item.kind === 'section' && item.section.part.length === 0 && item.section.text === null,
  );
  return {
    items,
    formats: items.map(formatOf),
    facts: factsFor(items),
    reach: isWhole ? 'octets' : isHeader ? 'header' : 'whole',
  };
}

function factsFor(items: readonly FetchItem[]): FactsReach | null {
  if (items.some(({ kind }) => kind === 'BODY' || kind === 'BODYSTRUCTURE')) return 'structure';
  const isOfHeader = (item: FetchItem) =>
    item.kind === 'ENVELOPE' ||
    item.kind === 'INTERNALDATE' ||
    (item.kind === 'section' && isIndexedSection(item.section));
  return items.some(isOfHeader) ? 'header' : null;
}

function withFlags(items: readonly FetchItem[], tellsModseq: boolean): readonly FetchItem[] {
  const added = [{ kind: 'FLAGS' } as const, ...(tellsModseq ? [{ kind: 'MODSEQ' } as const] : [])];
  return [...items, ...added.filter(({ kind }) => !items.some((item) => item.kind === kind))];
}

/** The UIDs whose flag was not there before. A mailbox that is only examined stays as it is. */
async function markSeen({ selected }: ImapSession, uids: readonly number[]): Promise<ReadonlySet<number>> {
  const { mailbox, isReadOnly, view } = selected;
  const unseen = isReadOnly ? [] : uids.filter((uid) => mailbox.stored(uid)?.flags.includes(SEEN) === false);
  if (unseen.length === 0) return NO_UIDS;
  await mailbox.setFlagsOf(unseen, (letters) => changeLetters(letters, 'add', SEEN, []), { by: selected });
  // Told with the message; and behind it, where the message cannot be sent.
  for (const uid of unseen) view.note({ kind: 'flagged', uid });
  return new Set(unseen);
}

function formatOf(item: FetchItem): Format {
  switch (item.kind) {
    case 'UID':
      return (_, { stored }) => `UID ${stored.uid}`;
    case 'FLAGS':
      return (session, { stored }) => `FLAGS ${flagsOf(session, stored.uid) ?? '()'}`;
    case 'MODSEQ':
      return (session, { stored }) => formatModseq(session, stored);
    case 'INTERNALDATE':
      return (_, { facts }) => `INTERNALDATE "${formatInternalDate(facts!.arrivedAt)}"`;
    case 'RFC822.SIZE':
      return (_, { stored }) => `RFC822.SIZE ${stored.octets}`;
    case 'ENVELOPE':
      return (_, { facts }) => `ENVELOPE ${facts!.envelope}`;
    case 'BODY':
      return (_, { facts }) => `BODY ${facts!.body}`;
    case 'BODYSTRUCTURE':
      return (_, { facts }) => `BODYSTRUCTURE ${facts!.bodyStructure}`;
    case 'section':
      return isIndexedSection(item.section) ? fromIndexedHeader(item) : fromFile;
    default:
      return fromFile;
  }
}

const fromFile: Format = () => null;

function fromIndexedHeader({ label, section, partial }: SectionItem): Format {
  const choice = new HeaderChoice(section.fields.map((name) => name.toLowerCase()));
  return (_, { facts }) => {
    const { header } = facts!;
    if (header === null) return null;
    // The empty line behind a header belongs to every choice of its fields.
    const chosen = `${choice.fields(header).join('')}\r\n`;
    const text = partial === null ? chosen : chosen.slice(partial.from, partial.from + partial.octets);
    return `${label} {${text.length}}\r\n${text}`;
  };
}

/** The whole response; null when the file has to be read. */
function formatAtOnce(session: ImapSession, fetched: Fetched, { formats }: Plan): string | null {
  let line = `* ${fetched.number} FETCH (`;
  for (let index = 0; index < formats.length; index += 1) {
    const text = formats[index]!(session, fetched);
    if (text === null) return null;
    line += index === 0 ? text : ` ${text}`;
  }
  return `${line})`;
}

/** False, and nothing sent, when the message is gone. */
async function sendFromFile(session: ImapSession, fetched: Fetched, plan: Plan): Promise<boolean> {
  const { mailbox } = session.selected;
  const { uid } = fetched.stored;
  const scanned = await scanMessage(mailbox, uid, plan.reach);
  const stored = mailbox.stored(uid);
  if (scanned === null || stored === null) return false;
  for (const item of plan.items) requireDecodable(item, scanned);
  // At one moment: the flags and the MODSEQ are those of the same state, whatever is changed while the texts go out.
  const texts = plan.formats.map((format) => format(session, { ...fetched, stored }));
  let line = `* ${fetched.number} FETCH (`;
  for (const [index, item] of plan.items.entries()) {
    if (index > 0) line += ' ';
    const text = texts[index];
    if (typeof text === 'string') line += text;
    // One after the other: a command may ask for hundreds of large parts.
    else if (isContent(item))
      line = await sendPieces(session, uid, scanned, [line, ...(await contentPieces(session, uid, item, scanned))]);
    if (!session.wire.isOpen) return true;
  }
  session.wire.send(`${line})`);
  return true;
}

/** Sends text as lines where octets follow; gives back the text behind the last octets. */
async function sendPieces(
  { wire, selected }: ImapSession,
  uid: number,
  scanned: ScannedMessage,
  pieces: readonly ResponsePiece[],
): Promise<string> {
  let line = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      line += piece;
      continue;
    }
    wire.send(line);
    line = '';
    if (piece instanceof Uint8Array) {
      wire.sendOctets(piece);
      if (wire.isFull) await wire.drained();
      continue;
    }
    let sent = 0;
    for await (const octets of readRange(selected.mailbox, uid, scanned, piece.from, piece.to)) {
      if (!wire.isOpen) break;
      wire.sendOctets(octets);
      sent += octets.length;
      if (wire.isFull) await wire.drained();
    }
    // The size was promised: for a message that vanishes meanwhile only the end of the connection is left.
    if (sent < piece.to - piece.from) wire.end();
  }
  return line;
}
