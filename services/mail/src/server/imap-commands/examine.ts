import { command } from '../imap-command.ts';
import { openMailbox } from '../imap-select.ts';

/** RFC 3501, section 6.3.2: SELECT without leave to change anything; what is recent stays so. */
export const examine = command({
  name: 'EXAMINE',
  parse: (parser) => ({ mailbox: parser.sp().mailbox() }),
  run: (session, { mailbox }) => openMailbox(session, mailbox, true),
});
