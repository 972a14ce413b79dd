import { joinReference, type ListedName, matchesPattern, withSuperiors } from '../../protocol/imap/list-pattern.ts';
import { DELIMITER } from '../../protocol/imap/mailbox-name.ts';
import { formatAstring, formatFlags, ok } from '../../protocol/imap/response.ts';
import { command } from '../imap-command.ts';

/** RFC 3501, section 6.3.8. An empty pattern asks for the delimiter. */
export const list = command({
  name: 'LIST',
  parse: (parser) => ({ reference: parser.sp().mailbox(), pattern: parser.sp().listMailbox() }),
  run: async (session, { reference, pattern }) => {
    if (pattern === '') {
      session.wire.send(`* LIST (\\Noselect) "${DELIMITER}" ""`);
      return ok('This is the delimiter');
    }
    const whole = joinReference(reference, pattern);
    for (const listed of withSuperiors(await session.folders.list())) {
      if (matchesPattern(listed.name, whole)) session.wire.send(formatListed(listed));
    }
    return ok('These are the mailboxes');
  },
});

/** RFC 3501, section 7.2.2, with the attributes of RFC 3348. */
function formatListed({ name, isThere, hasInferiors }: ListedName): string {
  const attributes = [...(isThere ? [] : ['\\Noselect']), hasInferiors ? '\\HasChildren' : '\\HasNoChildren'];
  return `* LIST ${formatFlags(attributes)} "${DELIMITER}" ${formatAstring(name)}`;
}
