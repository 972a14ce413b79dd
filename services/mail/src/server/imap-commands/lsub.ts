import { joinReference, matchSubscriptions } from '../../protocol/imap/list-pattern.ts';
import { DELIMITER } from '../../protocol/imap/mailbox-name.ts';
import { formatAstring, ok } from '../../protocol/imap/response.ts';
import { command } from '../imap-command.ts';

/** RFC 3501, section 6.3.9. */
export const lsub = command({
  name: 'LSUB',
  parse: (parser) => ({ reference: parser.sp().mailbox(), pattern: parser.sp().listMailbox() }),
  run: async (session, { reference, pattern }) => {
    const subscribed = await session.folders.subscriptions();
    for (const { name, isThere } of matchSubscriptions(subscribed, joinReference(reference, pattern))) {
      session.wire.send(`* LSUB (${isThere ? '' : '\\Noselect'}) "${DELIMITER}" ${formatAstring(name)}`);
    }
    return ok('These are the subscribed names');
  },
});
