import { parseMailboxName } from '../../protocol/imap/mailbox-name.ts';
import type { ImapParser } from '../../protocol/imap/parser.ts';
import { formatAstring, ok } from '../../protocol/imap/response.ts';
import { command } from '../imap-command.ts';

const ITEMS = ['MESSAGES', 'RECENT', 'UIDNEXT', 'UIDVALIDITY', 'UNSEEN'] as const;

/** RFC 3501, section 6.3.10: looks at a mailbox without selecting it. */
export const status = command({
  name: 'STATUS',
  parse: (parser) => ({ mailbox: parser.sp().mailbox(), items: parseItems(parser) }),
  run: async (session, given) => {
    const name = parseMailboxName(given.mailbox);
    const mailbox = await session.mailbox(name);
    const { uidValidity, uidNext, messages } = await mailbox.messages();
    const values: Record<(typeof ITEMS)[number], number> = {
      MESSAGES: messages.length,
      RECENT: messages.filter(({ uid }) => mailbox.isRecent(uid)).length,
      UIDNEXT: uidNext,
      UIDVALIDITY: uidValidity,
      UNSEEN: messages.filter(({ flags }) => !flags.includes('S')).length,
    };
    const told = given.items.map((item) => `${item} ${values[item]}`).join(' ');
    session.wire.send(`* STATUS ${formatAstring(name)} (${told})`);
    return ok('This is the status');
  },
});

function parseItem(parser: ImapParser): (typeof ITEMS)[number] {
  const word = parser.atom().toUpperCase();
  return ITEMS.find((item) => item === word) ?? parser.fail(`one of ${ITEMS.join(', ')}`);
}

function parseItems(parser: ImapParser): (typeof ITEMS)[number][] {
  const items = parser.sp().list(() => parseItem(parser));
  return items.length === 0 ? parser.fail('an item') : items;
}
