import { keywordsIn, toFlags } from '../../protocol/imap/flags.ts';
import { ok, Refusal } from '../../protocol/imap/response.ts';
import { formatSequenceSet } from '../../protocol/imap/sequence-set.ts';
import { copyMessages } from '../../store/copy-messages.ts';
import { command } from '../imap-command.ts';
import { chooseUids } from '../imap-numbers.ts';

/** RFC 3501, section 6.4.7: all messages or none, with flags and times. */
export const copy = command({
  name: 'COPY',
  parse: (parser) => ({ set: parser.sp().sequenceSet(), mailbox: parser.sp().mailbox() }),
  run: async (session, given, by) => {
    const { selected } = session;
    const { mailbox } = selected;
    const uids = chooseUids(selected, given.set, by);
    const into = await session.mailbox(given.mailbox, 'TRYCREATE');
    await into.messages();
    const flags = uids.flatMap((uid) => toFlags(mailbox.stored(uid)?.flags ?? '', mailbox.keywords));
    if (!(await into.addKeywords(keywordsIn([...new Set(flags)]))))
      throw new Refusal('NO', 'LIMIT', 'The mailbox cannot have so many keywords');
    const added = await copyMessages(mailbox, into, uids);
    // RFC 4315, section 3: which UID became which; not when one of the copies is gone already.
    const isKnown = uids.length > 0 && added.uids.length === uids.length;
    const sets = `${formatSequenceSet(uids)} ${formatSequenceSet(added.uids)}`;
    return ok('The messages are copied', isKnown ? `COPYUID ${added.uidValidity} ${sets}` : undefined);
  },
});
