import { command } from '../imap-command.ts';
import { openMailbox, parseSelect } from '../imap-select.ts';

/** RFC 3501, section 6.3.1. */
export const select = command({
  name: 'SELECT',
  parse: parseSelect,
  run: (session, given) => openMailbox(session, given, false),
});
