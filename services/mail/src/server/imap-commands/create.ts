import { DELIMITER } from '../../protocol/imap/mailbox-name.ts';
import type { ImapParser } from '../../protocol/imap/parser.ts';
import { ok, Refusal } from '../../protocol/imap/response.ts';
import { SPECIAL_USES } from '../../protocol/special-use.ts';
import { command } from '../imap-command.ts';

/** Uses that a mailbox can be made for. \All and \Flagged would show messages of other mailboxes (RFC 6154, section 2). */
const USES = SPECIAL_USES.filter((use) => use !== '\\All' && use !== '\\Flagged');

/** RFC 3501, section 6.3.3: a delimiter at the end announces names below, which every mailbox may have here. */
export const create = command({
  name: 'CREATE',
  parse: (parser) => ({ mailbox: parser.sp().mailbox(), uses: parseUses(parser) }),
  run: async (session, { mailbox, uses }) => {
    const given = mailbox.endsWith(DELIMITER) ? mailbox.slice(0, -DELIMITER.length) : mailbox;
    const use = USES.find((one) => one.toLowerCase() === uses[0]?.toLowerCase()) ?? null;
    // RFC 6154, section 3: then no mailbox is made.
    if (uses.length > 1 || (uses.length === 1 && use === null))
      throw new Refusal('NO', 'USEATTR', `A mailbox can be made for one of ${USES.join(' ')}`);
    await session.folders.create(session.readName(given), use);
    return ok('The mailbox is created');
  },
});

/** ` (USE (\Drafts))`: RFC 6154, section 3. */
function parseUses(parser: ImapParser): string[] {
  if (!parser.skip(' (')) return [];
  const uses = parser.expect('USE ').flagList();
  parser.expect(')');
  return uses;
}
