import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { Refusal, type Reply } from '../protocol/imap/response.ts';
import { FolderFault } from '../store/account-folders.ts';
import { isDiskFull } from '../store/file-pieces.ts';
import { KeywordsFull, MailboxGone, MessageGone } from '../store/mailbox.ts';
import { QuotaExceeded } from '../store/quota.ts';

/** Response codes of RFC 5530 for what is wrong with a mailbox's name or place. */
const FOLDER_CODES: Record<FolderFault['kind'], string> = {
  exists: 'ALREADYEXISTS',
  missing: 'NONEXISTENT',
  limit: 'LIMIT',
  inbox: 'CANNOT',
};

/** What the client is told when a command ends with an error; null for a fault of ours, which is logged too. */
export function refusalReply(error: unknown): Reply | null {
  if (error instanceof Refusal) return error.reply;
  // While it runs, a command meets no grammar any more: what it cannot read is a name or a flag.
  if (error instanceof ProtocolViolation) return { status: 'NO', code: 'CANNOT', text: error.message };
  if (error instanceof FolderFault) return { status: 'NO', code: FOLDER_CODES[error.kind], text: error.message };
  if (error instanceof MessageGone)
    return { status: 'NO', code: 'EXPUNGEISSUED', text: 'Some of the messages no longer exist' };
  if (error instanceof MailboxGone) return { status: 'NO', code: 'NONEXISTENT', text: 'The mailbox was deleted' };
  if (error instanceof KeywordsFull) return { status: 'NO', code: 'LIMIT', text: error.message };
  if (error instanceof QuotaExceeded) return { status: 'NO', code: 'OVERQUOTA', text: error.message };
  return isDiskFull(error) ? { status: 'NO', code: 'OVERQUOTA', text: 'The disk has no room' } : null;
}

/** What the client is told of a fault of ours. */
export const FAULT: Reply = { status: 'NO', code: 'SERVERBUG', text: 'The server could not do this' };
