import { ok, Refusal } from '../../protocol/imap/response.ts';
import { IMAP_START } from '../../protocol/imap/session-state.ts';
import { command, nothing } from '../imap-command.ts';

/** RFC 3501, section 6.2.1: behind the handshake the session begins anew. */
export const starttls = command({
  name: 'STARTTLS',
  parse: nothing,
  run: async (session) => {
    if (session.wire.isSecure) throw new Refusal('BAD', null, 'TLS is there already');
    if (await session.wire.startTls(session.tag, ok('Begin TLS now'))) session.state = IMAP_START;
    else session.end();
    return null;
  },
});
