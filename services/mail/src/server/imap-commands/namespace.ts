import { DELIMITER } from '../../protocol/imap/mailbox-name.ts';
import { ok } from '../../protocol/imap/response.ts';
import { command, nothing } from '../imap-command.ts';

/** RFC 2342, section 5: everything is the user's own; there is nothing of others and nothing shared. */
export const namespace = command({
  name: 'NAMESPACE',
  parse: nothing,
  run: async (session) => {
    session.wire.send(`* NAMESPACE (("" "${DELIMITER}")) NIL NIL`);
    return ok('These are the namespaces');
  },
});
