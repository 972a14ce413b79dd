import { ok } from '../../protocol/imap/response.ts';
import { command } from '../imap-command.ts';
import { chooseUids } from '../imap-numbers.ts';
import { copyUid } from '../imap-transfer.ts';
import { requireWritable } from '../imap-writable.ts';

/**
 * RFC 6851, section 3: all messages or none. COPYUID stands in an untagged OK before the EXPUNGE responses (section 4.3),
 * which are those that every session gets.
 */
export const move = command({
  name: 'MOVE',
  parse: (parser) => ({ set: parser.sp().sequenceSet(), mailbox: parser.sp().mailbox() }),
  run: async (session, given, by) => {
    requireWritable(session);
    const into = await session.mailbox(given.mailbox, 'TRYCREATE');
    const moved = await session.selected.mailbox.move(chooseUids(session, given.set, by), into);
    const code = copyUid(moved);
    if (code !== undefined) session.wire.send(`* OK [${code}] The UIDs there`);
    return ok('The messages are moved');
  },
});
