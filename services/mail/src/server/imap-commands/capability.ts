import { ok } from '../../protocol/imap/response.ts';
import { formatCapabilities } from '../imap-capabilities.ts';
import { command, nothing } from '../imap-command.ts';

/** RFC 3501, section 6.1.1. */
export const capability = command({
  name: 'CAPABILITY',
  parse: nothing,
  run: async (session) => {
    session.wire.send(`* CAPABILITY ${formatCapabilities(session)}`);
    return ok('These are the capabilities');
  },
});
