import type { SMTPServerSession } from 'smtp-server';
import type { MailDirectory } from '../protocol/mail-directory.ts';
import type { Notify } from '../protocol/mail-queue.ts';
import { formatMailboxAddress } from '../protocol/mailbox-address.ts';
import { type Door, judgeRecipient } from '../protocol/relay-policy.ts';
import type { TransmissionType } from '../protocol/trace.ts';
import type { ReadPath } from './guarded-connection.ts';
import type { Envelope, EnvelopeRecipient } from './message-intake.ts';

/** What the client has said before its message. */
export function envelopeOf(
  session: SMTPServerSession,
  exchange: string,
  door: Door,
  directory: MailDirectory,
): Envelope {
  const { mailFrom, rcptTo, dsn, smtpUtf8 } = session.envelope;
  const sender = (mailFrom || { mailbox: null }) as ReadPath;
  return {
    exchange,
    reversePath: sender.mailbox === null ? '' : formatMailboxAddress(sender.mailbox),
    recipients: rcptTo.map((path) => envelopeRecipient(path as ReadPath, door, directory)),
    envid: dsn?.envid ?? null,
    ret: dsn?.ret === 'HDRS' || dsn?.ret === 'FULL' ? dsn.ret : null,
    needsSmtpUtf8: smtpUtf8 === true,
    isSubmission: door.kind === 'submission',
    transmission: transmissionType(session, smtpUtf8 === true),
    cipher: session.tlsOptions === false ? null : (session.tlsOptions.standardName ?? session.tlsOptions.name),
    helo: session.hostNameAppearsAs,
    clientAddress: session.remoteAddress,
  };
}

function envelopeRecipient(path: ReadPath, door: Door, directory: MailDirectory): EnvelopeRecipient {
  const verdict = judgeRecipient(door, path.mailbox, directory);
  return {
    address: path.address,
    destinations: verdict.kind === 'accept' ? verdict.destinations : [],
    notify: (path.dsn?.notify as Notify[] | undefined) ?? null,
    orcpt: path.dsn?.orcpt ?? null,
  };
}

/** RFC 3848 and RFC 6531, section 4.3. */
function transmissionType(session: SMTPServerSession, isUtf8: boolean): TransmissionType {
  if (session.openingCommand !== 'EHLO' && !isUtf8) return 'SMTP';
  const secured = session.secure ? 'S' : '';
  const authenticated = typeof session.user === 'string' ? 'A' : '';
  return `${isUtf8 ? 'UTF8SMTP' : 'ESMTP'}${secured}${authenticated}`;
}
