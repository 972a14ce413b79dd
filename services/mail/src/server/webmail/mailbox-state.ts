import { INBOX } from '../../protocol/imap/mailbox-name.ts';
import type { AccountFolders } from '../../store/account-folders.ts';

/**
 * What is known of the inbox and of the folder that is shown: their numbers of the last change (RFC 7162, section 3.1.2.1). A page
 * and a stream of news that have the same have missed nothing of each other.
 */
export async function readState(folders: AccountFolders, shown: string): Promise<string> {
  const states: string[] = [];
  for (const name of new Set([INBOX, shown])) {
    const mailbox = name === '' || name.startsWith('/') ? null : await folders.mailbox(name);
    if (mailbox === null) continue;
    const { uidValidity, highestModseq, uidNext } = await mailbox.messages();
    states.push(`${uidValidity}.${uidNext}.${highestModseq}`);
  }
  return states.join(' ');
}
