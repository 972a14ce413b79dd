import { ok } from '../../protocol/imap/response.ts';
import { command } from '../imap-command.ts';
import { expungeDeleted } from '../imap-expunge.ts';
import { chooseUids } from '../imap-numbers.ts';
import { requireWritable } from '../imap-writable.ts';

/**
 * RFC 3501, section 6.4.3; behind UID only what is in a set (RFC 4315, section 2.1). The EXPUNGE responses are those that
 * every session gets.
 */
export const expunge = command({
  name: 'EXPUNGE',
  parse: (parser, by) => (by === 'uid' ? parser.sp().sequenceSet() : null),
  run: async (session, set, by) => {
    requireWritable(session);
    const wanted = set === null ? null : new Set(chooseUids(session, set, by));
    await expungeDeleted(session.selected.mailbox, (uid) => wanted === null || wanted.has(uid));
    return ok('What was marked is removed');
  },
});
