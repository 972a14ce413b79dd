import { command } from '../imap-command.ts';
import { openMailbox } from '../imap-select.ts';

/** RFC 3501, section 6.3.1. */
export const select = command({
  name: 'SELECT',
  parse: (parser) => ({ mailbox: parser.sp().mailbox() }),
  run: (session, { mailbox }) => openMailbox(session, mailbox, false),
});
