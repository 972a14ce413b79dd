import { changeLetters, keywordsIn, toLetters } from '../../protocol/imap/flags.ts';
import type { ImapParser } from '../../protocol/imap/parser.ts';
import { ok, Refusal } from '../../protocol/imap/response.ts';
import type { SequenceSet } from '../../protocol/imap/sequence-set.ts';
import { command } from '../imap-command.ts';
import { chooseUids, expungeIssued } from '../imap-numbers.ts';
import { requireWritable } from '../imap-writable.ts';

interface StoreArguments {
  readonly set: SequenceSet;
  readonly how: 'replace' | 'add' | 'remove';
  readonly isSilent: boolean;
  readonly flags: readonly string[];
}

/** RFC 3501, section 6.4.6. */
export const store = command({
  name: 'STORE',
  parse: parseStore,
  keepsNumbers: true,
  run: async (session, { set, how, isSilent, flags }, by) => {
    requireWritable(session);
    const { selected } = session;
    const { mailbox, view } = selected;
    const uids = chooseUids(selected, set, by);
    const hasRoom = await mailbox.addKeywords(how === 'remove' ? [] : keywordsIn(flags));
    if (!hasRoom) throw new Refusal('NO', 'LIMIT', 'The mailbox cannot have so many keywords');
    const wanted = toLetters(flags, mailbox.keywords);
    let isComplete = true;
    for (const uid of uids) {
      const change = (letters: string) => changeLetters(letters, how, wanted, mailbox.keywords);
      const isThere = await mailbox.setFlags(uid, change, selected);
      const told = isThere && !isSilent ? session.flagsOf(uid) : null;
      if (told !== null)
        session.wire.send(`* ${view.numberOf(uid)} FETCH (${by === 'uid' ? `UID ${uid} ` : ''}FLAGS ${told})`);
      isComplete &&= isThere;
      await session.wire.drained();
    }
    if (!isComplete && by === 'number') throw expungeIssued();
    return ok('The flags are set');
  },
});

function parseStore(parser: ImapParser): StoreArguments {
  const set = parser.sp().sequenceSet();
  parser.sp();
  const how = parser.skip('+') ? 'add' : parser.skip('-') ? 'remove' : 'replace';
  const isSilent = parser.expect('FLAGS').skip('.SILENT');
  parser.sp();
  if (parser.isAt('(')) return { set, how, isSilent, flags: parser.flagList() };
  const flags = [parser.flag()];
  while (parser.skip(' ')) flags.push(parser.flag());
  return { set, how, isSilent, flags };
}
