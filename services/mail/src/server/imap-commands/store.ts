import { changeLetters, keywordsIn, toLetters } from '../../protocol/imap/flags.ts';
import type { ImapParser } from '../../protocol/imap/parser.ts';
import { ok, Refusal } from '../../protocol/imap/response.ts';
import { formatSequenceSet, type SequenceSet } from '../../protocol/imap/sequence-set.ts';
import type { FlagOutcome } from '../../store/mailbox.ts';
import { type By, command } from '../imap-command.ts';
import { formatModseq, tellFlags } from '../imap-news.ts';
import { chooseNumbers, expungeIssued } from '../imap-numbers.ts';
import type { ImapSession } from '../imap-session.ts';
import { requireWritable } from '../imap-writable.ts';

interface StoreArguments {
  readonly set: SequenceSet;
  /** Only messages whose MODSEQ is not above this one (RFC 7162, section 3.1.3). */
  readonly unchangedSince: number | null;
  readonly how: 'replace' | 'add' | 'remove';
  readonly isSilent: boolean;
  readonly flags: readonly string[];
}

/** RFC 3501, section 6.4.6. */
export const store = command({
  name: 'STORE',
  parse: parseStore,
  keepsNumbers: true,
  run: async (session, given, by) => {
    requireWritable(session);
    const { how, flags, unchangedSince } = given;
    if (unchangedSince !== null) session.enableCondstore();
    const { selected } = session;
    const { mailbox, view } = selected;
    const numbers = chooseNumbers(session, given.set, by);
    const hasRoom = await mailbox.addKeywords(how === 'remove' ? [] : keywordsIn(flags));
    if (!hasRoom) throw new Refusal('NO', 'LIMIT', 'The mailbox cannot have so many keywords');
    const wanted = toLetters(flags, mailbox.keywords);
    const outcomes = await mailbox.setFlagsOf(
      numbers.map((number) => view.uidOf(number)!),
      (letters) => changeLetters(letters, how, wanted, mailbox.keywords),
      { by: selected, ...(unchangedSince === null ? {} : { unchangedSince }) },
    );
    const withOutcome = (outcome: FlagOutcome) =>
      numbers.filter((number) => outcomes.get(view.uidOf(number)!) === outcome);
    await tellOutcome(session, withOutcome('set'), given, by);
    const modified = withOutcome('modified').map((number) => (by === 'uid' ? view.uidOf(number)! : number));
    if (withOutcome('gone').length > 0 && by === 'number') throw expungeIssued();
    // RFC 7162, section 3.1.3: which of them were changed meanwhile, and so are as they were.
    const code = modified.length === 0 ? undefined : `MODIFIED ${formatSequenceSet(modified)}`;
    return ok('The flags are set', code);
  },
});

/** The new flags, unless the client asked for silence; its copy needs the MODSEQ all the same (RFC 7162, section 3.1.3). */
async function tellOutcome(
  session: ImapSession,
  numbers: readonly number[],
  { isSilent }: StoreArguments,
  by: By,
): Promise<void> {
  const { selected, wire } = session;
  const tellsModseq = session.enabled.has('CONDSTORE');
  // RFC 7162, section 3.2.4: always for who has enabled QRESYNC.
  const tellsUid = by === 'uid' || session.enabled.has('QRESYNC');
  for (const number of numbers) {
    const uid = selected.view.uidOf(number)!;
    const stored = selected.mailbox.stored(uid);
    if (!isSilent) tellFlags(session, { number, uid }, tellsUid);
    else if (tellsModseq && stored !== null)
      wire.send(`* ${number} FETCH (${tellsUid ? `UID ${uid} ` : ''}${formatModseq(session, stored)})`);
    if (wire.isFull) await wire.drained();
  }
}

function parseStore(parser: ImapParser): StoreArguments {
  const set = parser.sp().sequenceSet();
  parser.sp();
  const unchangedSince = parser.skip('(UNCHANGEDSINCE ') ? parser.number64() : null;
  if (unchangedSince !== null) parser.expect(') ');
  const how = parser.skip('+') ? 'add' : parser.skip('-') ? 'remove' : 'replace';
  const isSilent = parser.expect('FLAGS').skip('.SILENT');
  parser.sp();
  const rest = { set, unchangedSince, how, isSilent } as const;
  if (parser.isAt('(')) return { ...rest, flags: parser.flagList() };
  const flags = [parser.flag()];
  while (parser.skip(' ')) flags.push(parser.flag());
  return { ...rest, flags };
}
