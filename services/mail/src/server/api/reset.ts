import { INBOX } from '../../protocol/imap/mailbox-name.ts';
import { DEFAULT_MAILBOXES } from '../../protocol/special-use.ts';
import { FolderFault } from '../../store/account-folders.ts';
import type { MailStore } from '../../store/mail-store.ts';
import type { Faults } from '../faults.ts';
import type { QueueRunner } from '../queue-runner.ts';

export interface ResetParts {
  readonly accounts: readonly string[];
  readonly mailboxes: MailStore;
  readonly queue: QueueRunner;
  readonly faults: Faults;
}

/**
 * Empties all mailboxes and the queue, and removes the faults: as the server was at its start. Numbers go on from where they
 * are: a UID, and the name of a message, is never given again.
 */
export async function reset({ accounts, mailboxes, queue, faults }: ResetParts) {
  const removed = faults.clear();
  // The queue first: what is still in it would fill the mailboxes again.
  const queueEntries = await queue.dropAll();
  let messages = 0;
  let folders = 0;
  for (const account of accounts) {
    const own = mailboxes.folders(account);
    // The deepest first: a folder is deleted without what is below it.
    for (const name of (await own.list()).sort().reverse()) {
      const mailbox = await own.mailbox(name);
      if (mailbox === null) continue;
      const uids = (await mailbox.messages()).messages.map(({ uid }) => uid);
      await mailbox.expunge(uids);
      messages += uids.length;
      if (name === INBOX || DEFAULT_MAILBOXES.has(name)) continue;
      await own.delete(name).catch(ifMissing);
      await own.setSubscribed(name, false);
      folders += 1;
    }
    // Those that a user has deleted or renamed are there again.
    await own.open();
  }
  return { messages, folders, queueEntries, faults: removed };
}

/** A user may have been quicker. */
function ifMissing(error: Error): void {
  if (!(error instanceof FolderFault && error.kind === 'missing')) throw error;
}
