import { Refusal } from '../protocol/imap/response.ts';
import type { ImapSession } from './imap-session.ts';

/** RFC 3501, section 6.3.2: what is only examined cannot be changed. */
export function requireWritable(session: ImapSession): void {
  if (session.selected.isReadOnly) throw new Refusal('NO', 'READ-ONLY', 'The mailbox is open for reading only');
}
