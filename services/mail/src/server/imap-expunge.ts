import { toLetters } from '../protocol/imap/flags.ts';
import type { Mailbox } from '../store/mailbox.ts';

const DELETED = toLetters(['\\Deleted'], []);

/** Removes the messages that are marked as deleted. */
export async function expungeDeleted(mailbox: Mailbox, isWanted: (uid: number) => boolean = () => true): Promise<void> {
  const { messages } = await mailbox.messages();
  const doomed = messages.filter(({ uid, flags }) => flags.includes(DELETED) && isWanted(uid)).map(({ uid }) => uid);
  if (doomed.length > 0) await mailbox.expunge(doomed);
}
