import { chooseListed, formatListed, type KnownName } from '../../protocol/imap/list-choice.ts';
import { parseList } from '../../protocol/imap/list-command.ts';
import { joinReference, matchesPattern, withSuperiors } from '../../protocol/imap/list-pattern.ts';
import { DELIMITER } from '../../protocol/imap/mailbox-name.ts';
import { comparableName, readPattern } from '../../protocol/imap/name-form.ts';
import { ok } from '../../protocol/imap/response.ts';
import { command } from '../imap-command.ts';
import type { ImapSession } from '../imap-session.ts';
import { tellStatus } from '../imap-status.ts';

/** RFC 3501, section 6.3.8; RFC 9051, section 6.3.9. An empty pattern asks for the delimiter. */
export const list = command({
  name: 'LIST',
  parse: parseList,
  run: async (session, given) => {
    const { wire, nameForm } = session;
    if (!given.isExtended && given.patterns[0] === '') {
      wire.send(`* LIST (\\Noselect) "${DELIMITER}" ""`);
      return ok('This is the delimiter');
    }
    const patterns = given.patterns.map((pattern) => readPattern(joinReference(given.reference, pattern), nameForm));
    const isMatch = (name: string) =>
      patterns.some((pattern) => matchesPattern(comparableName(name, nameForm), pattern));
    for (const listed of chooseListed(await knownNames(session), given, isMatch)) {
      wire.send(formatListed(listed, session.showName(listed.name)));
      // RFC 5819, section 2: of what cannot be selected there is no status.
      const mailbox =
        listed.isThere && given.returns.status.length > 0 ? await session.folders.mailbox(listed.name) : null;
      if (mailbox !== null) await tellStatus(session, listed.name, mailbox, given.returns.status);
      if (wire.isFull) await wire.drained();
    }
    return ok('These are the mailboxes');
  },
});

/** Mailboxes, superiors of mailboxes, and names that are subscribed. */
async function knownNames({ folders }: ImapSession): Promise<KnownName[]> {
  const [mailboxes, subscriptions] = [await folders.list(), new Set(await folders.subscriptions())];
  const listed = withSuperiors(mailboxes);
  const names = new Set(listed.map(({ name }) => name));
  const gone = [...subscriptions].filter((name) => !names.has(name));
  return [...listed, ...gone.map((name) => ({ name, isThere: false, hasInferiors: false }))].map((one) => ({
    ...one,
    isSubscribed: subscriptions.has(one.name),
    specialUse: one.isThere ? folders.specialUse(one.name) : null,
  }));
}
