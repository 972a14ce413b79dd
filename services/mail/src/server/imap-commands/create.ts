import { DELIMITER, parseMailboxName } from '../../protocol/imap/mailbox-name.ts';
import { ok } from '../../protocol/imap/response.ts';
import { command } from '../imap-command.ts';

/** RFC 3501, section 6.3.3: a delimiter at the end announces names below, which every mailbox may have here. */
export const create = command({
  name: 'CREATE',
  parse: (parser) => ({ mailbox: parser.sp().mailbox() }),
  run: async (session, { mailbox }) => {
    const given = mailbox.endsWith(DELIMITER) ? mailbox.slice(0, -DELIMITER.length) : mailbox;
    await session.folders.create(parseMailboxName(given));
    return ok('The mailbox is created');
  },
});
