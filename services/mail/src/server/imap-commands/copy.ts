import { ok } from '../../protocol/imap/response.ts';
import { command } from '../imap-command.ts';
import { chooseUids } from '../imap-numbers.ts';
import { copyUid } from '../imap-transfer.ts';

/** RFC 3501, section 6.4.7: all messages or none, with flags and times. */
export const copy = command({
  name: 'COPY',
  parse: (parser) => ({ set: parser.sp().sequenceSet(), mailbox: parser.sp().mailbox() }),
  run: async (session, given, by) => {
    const into = await session.mailbox(given.mailbox, 'TRYCREATE');
    const copied = await session.selected.mailbox.copy(chooseUids(session, given.set, by), into);
    return ok('The messages are copied', copyUid(copied));
  },
});
