import { ok } from '../../protocol/imap/response.ts';
import { command, nothing } from '../imap-command.ts';

/** RFC 3691, section 2: CLOSE that removes nothing. */
export const unselect = command({
  name: 'UNSELECT',
  parse: nothing,
  run: async (session) => {
    session.unselect();
    return ok('The mailbox is given up');
  },
});
