import { toLetters } from '../protocol/imap/flags.ts';
import type { StatusItem } from '../protocol/imap/status-item.ts';
import type { Mailbox } from '../store/mailbox.ts';
import type { ImapSession } from './imap-session.ts';

const SEEN = toLetters(['\\Seen'], []);
const DELETED = toLetters(['\\Deleted'], []);

/** One STATUS response: RFC 3501, section 7.2.4. */
export async function tellStatus(
  session: ImapSession,
  name: string,
  mailbox: Mailbox,
  items: readonly StatusItem[],
): Promise<void> {
  // RFC 7162, section 3.1.7: who asks for it wants MODSEQs from now on.
  if (items.includes('HIGHESTMODSEQ')) session.enableCondstore();
  const { uidValidity, uidNext, highestModseq, messages } = await mailbox.messages();
  const octetsOf = (chosen: typeof messages) => chosen.reduce((sum, { octets }) => sum + octets, 0);
  const deleted = messages.filter(({ flags }) => flags.includes(DELETED));
  const values: Record<StatusItem, () => number> = {
    MESSAGES: () => messages.length,
    RECENT: () => messages.filter(({ uid }) => mailbox.isRecent(uid)).length,
    UIDNEXT: () => uidNext,
    UIDVALIDITY: () => uidValidity,
    UNSEEN: () => messages.filter(({ flags }) => !flags.includes(SEEN)).length,
    DELETED: () => deleted.length,
    SIZE: () => octetsOf(messages),
    HIGHESTMODSEQ: () => highestModseq,
    'DELETED-STORAGE': () => octetsOf(deleted),
  };
  const told = items.map((item) => `${item} ${values[item]()}`).join(' ');
  session.wire.send(`* STATUS ${session.showName(name)} (${told})`);
}
