import { command } from '../imap-command.ts';
import { openMailbox, parseSelect } from '../imap-select.ts';

/** RFC 3501, section 6.3.2: SELECT without leave to change anything; what is recent stays so. */
export const examine = command({
  name: 'EXAMINE',
  parse: parseSelect,
  run: (session, given) => openMailbox(session, given, true),
});
