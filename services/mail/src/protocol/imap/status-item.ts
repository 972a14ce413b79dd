/** What STATUS tells of a mailbox: RFC 3501, section 6.3.10; RFC 9051, section 6.3.11; SIZE of RFC 8438; HIGHESTMODSEQ of RFC 7162, section 3.1.7. */
import type { ImapParser } from './parser.ts';

const ITEMS = [
  ...(['MESSAGES', 'RECENT', 'UIDNEXT', 'UIDVALIDITY', 'UNSEEN'] as const),
  ...(['DELETED', 'SIZE', 'HIGHESTMODSEQ', 'DELETED-STORAGE'] as const),
] as const;

export type StatusItem = (typeof ITEMS)[number];

/** `(MESSAGES UNSEEN)` */
export function parseStatusItems(parser: ImapParser): StatusItem[] {
  const items = parser.list(() => {
    const word = parser.atom().toUpperCase();
    return ITEMS.find((item) => item === word) ?? parser.fail(`one of ${ITEMS.join(', ')}`);
  });
  return items.length === 0 ? parser.fail('an item') : items;
}
