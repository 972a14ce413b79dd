import { type FetchItem, parseFetchItems } from '../../protocol/imap/fetch-item.ts';
import type { ImapParser } from '../../protocol/imap/parser.ts';
import { ok } from '../../protocol/imap/response.ts';
import type { SequenceSet } from '../../protocol/imap/sequence-set.ts';
import { type By, command } from '../imap-command.ts';
import { fetchMessages } from '../imap-fetch.ts';
import { chooseNumbers, expungeIssued } from '../imap-numbers.ts';

interface FetchArguments {
  readonly set: SequenceSet;
  readonly items: readonly FetchItem[];
  /** Only messages whose MODSEQ is above this one (RFC 7162, section 3.1.4.1). */
  readonly changedSince: number | null;
}

/** RFC 3501, section 6.4.5. */
export const fetch = command({
  name: 'FETCH',
  parse: parseFetch,
  keepsNumbers: true,
  run: async (session, { set, items, changedSince }, by) => {
    if (items.some(({ kind }) => kind === 'MODSEQ')) session.enableCondstore();
    const { view, mailbox } = session.selected;
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
  const changedSince = parser.skip(' (') ? parser.expect('CHANGEDSINCE').sp().number64() : null;
  if (changedSince !== null) parser.expect(')');
  // RFC 3501, section 6.4.8: UID FETCH always tells the UID. RFC 7162, section 3.1.4.1: CHANGEDSINCE asks for MODSEQ too.
  const implied = [...(by === 'uid' ? ['UID' as const] : []), ...(changedSince === null ? [] : ['MODSEQ' as const])];
  const added = implied.filter((kind) => !asked.some((item) => item.kind === kind)).map((kind) => ({ kind }));
  return { set, items: [...added, ...asked], changedSince };
}
