import { joinReference, matchSubscriptions } from '../../protocol/imap/list-pattern.ts';
import { DELIMITER } from '../../protocol/imap/mailbox-name.ts';
import { comparableName, readPattern } from '../../protocol/imap/name-form.ts';
import { ok } from '../../protocol/imap/response.ts';
import { command } from '../imap-command.ts';

/** RFC 3501, section 6.3.9. */
export const lsub = command({
  name: 'LSUB',
  parse: (parser) => ({ reference: parser.sp().mailbox(), pattern: parser.sp().listMailbox() }),
  run: async (session, { reference, pattern }) => {
    const { nameForm, wire } = session;
    const whole = readPattern(joinReference(reference, pattern), nameForm);
    const subscribed = await session.folders.subscriptions();
    for (const { name, isThere } of matchSubscriptions(subscribed, whole, (one) => comparableName(one, nameForm)))
      wire.send(`* LSUB (${isThere ? '' : '\\Noselect'}) "${DELIMITER}" ${session.showName(name)}`);
    return ok('These are the subscribed names');
  },
});
