import { type FetchItem, parseFetchItems } from '../../protocol/imap/fetch-item.ts';
import type { ImapParser } from '../../protocol/imap/parser.ts';
import { ok } from '../../protocol/imap/response.ts';
import type { SequenceSet } from '../../protocol/imap/sequence-set.ts';
import { toUidRanges } from '../../protocol/imap/uid-ranges.ts';
import { type By, command } from '../imap-command.ts';
import { fetchMessages } from '../imap-fetch.ts';
import { chooseNumbers, expungeIssued } from '../imap-numbers.ts';
import { requireQresync, tellVanishedEarlier } from '../imap-resync.ts';

interface FetchArguments {
  readonly set: SequenceSet;
  readonly items: readonly FetchItem[];
  /** Only messages whose MODSEQ is above this one (RFC 7162, section 3.1.4.1). */
  readonly changedSince: number | null;
  /** Whether those of the set that were expunged since are to be told too (RFC 7162, section 3.2.6). */
  readonly tellsVanished: boolean;
}

/** RFC 3501, section 6.4.5. */
export const fetch = command({
  name: 'FETCH',
  parse: parseFetch,
  keepsNumbers: true,
  run: async (session, { set, items, changedSince, tellsVanished }, by) => {
    if (tellsVanished) requireQresync(session);
    if (items.some(({ kind }) => kind === 'MODSEQ')) session.enableCondstore();
    const { view, mailbox } = session.selected;
    // Before the FETCH responses, because it tells what is not among the numbers that they have.
    if (tellsVanished)
      await tellVanishedEarlier(session, set === '$' ? toUidRanges(session.saved) : set, changedSince!);
    const chosen = chooseNumbers(session, set, by);
    // What is gone passes: it is met, and told, where it is fetched.
    const isChanged = (number: number) => (mailbox.stored(view.uidOf(number)!)?.modseq ?? Infinity) > changedSince!;
    const numbers = changedSince === null ? chosen : chosen.filter(isChanged);
    const isComplete = await fetchMessages(session, numbers, items);
    if (!isComplete && by === 'number') throw expungeIssued();
    return ok('This is what was asked for');
  },
});

function parseFetch(parser: ImapParser, by: By): FetchArguments {
  const set = parser.sp().sequenceSet();
  const asked = parseFetchItems(parser.sp());
  const { changedSince, tellsVanished } = parseModifiers(parser, by);
  // RFC 3501, section 6.4.8: UID FETCH always tells the UID. RFC 7162, section 3.1.4.1: CHANGEDSINCE asks for MODSEQ too.
  const implied = [...(by === 'uid' ? ['UID' as const] : []), ...(changedSince === null ? [] : ['MODSEQ' as const])];
  const added = implied.filter((kind) => !asked.some((item) => item.kind === kind)).map((kind) => ({ kind }));
  return { set, items: [...added, ...asked], changedSince, tellsVanished };
}

/** ` (CHANGEDSINCE 5 VANISHED)`, in any order: RFC 4466, section 2.4. */
function parseModifiers(parser: ImapParser, by: By): Pick<FetchArguments, 'changedSince' | 'tellsVanished'> {
  const read = { changedSince: null as number | null, tellsVanished: false };
  if (!parser.skip(' ')) return read;
  parser.list(() => {
    if (read.changedSince === null && parser.skip('CHANGEDSINCE ')) read.changedSince = parser.number64();
    else if (!read.tellsVanished && by === 'uid' && parser.skip('VANISHED')) read.tellsVanished = true;
    else parser.fail(by === 'uid' ? 'CHANGEDSINCE or VANISHED, each once' : 'CHANGEDSINCE, once');
  });
  // RFC 7162, section 3.2.6: VANISHED stands with it.
  return read.changedSince === null ? parser.fail('CHANGEDSINCE') : read;
}
