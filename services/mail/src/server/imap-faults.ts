import { formatImapFault } from '../protocol/fault-reply.ts';
import { Refusal, type Reply } from '../protocol/imap/response.ts';
import type { ImapSession } from './imap-session.ts';

/** Faults on purpose in place of the greeting. False when the connection ends with it. */
export async function meetConnectFault({ parts, wire }: ImapSession): Promise<boolean> {
  if (parts.faults.isIdleAt('imap-connect')) return true;
  const fault = await parts.faults.meet('imap-connect', { client: wire.clientAddress }, wire.fault);
  if (fault === null) return true;
  // RFC 3501, section 7.1.5: a greeting of BYE says that the connection is not wanted.
  if (fault.kind === 'reply') wire.send(`* BYE ${formatImapFault(fault.reply).slice('NO '.length)}`);
  return false;
}

/** Faults at LOGIN and AUTHENTICATE, before the password is looked at. @throws Refusal in place of the log-in */
export async function meetLoginFault({ parts, wire }: ImapSession, user: string): Promise<void> {
  if (parts.faults.isIdleAt('imap-login')) return;
  const facts = { client: wire.clientAddress, account: parts.logins.accountNamed(user) };
  const fault = await parts.faults.meet('imap-login', facts, wire.fault);
  if (fault === null) return;
  if (fault.kind === 'drop') wire.breakAfter(0);
  throw refusalOf(fault.kind === 'reply' ? fault.reply : null);
}

/** Faults at a command after the log-in: the reply in place of the command's, or null. */
export async function meetCommandFault({ parts, wire, state }: ImapSession, command: string): Promise<Reply | null> {
  if (parts.faults.isIdleAt('imap-command')) return null;
  if (state.kind !== 'authenticated' && state.kind !== 'selected') return null;
  const facts = { client: wire.clientAddress, account: state.account, command };
  const fault = await parts.faults.meet('imap-command', facts, wire.fault);
  if (fault === null) return null;
  if (fault.kind === 'reply') return refusalOf(fault.reply).reply;
  wire.breakAfter(fault.afterOctets);
  return fault.afterOctets > 0 ? null : refusalOf(null).reply;
}

function refusalOf(reply: Parameters<typeof formatImapFault>[0] | null): Refusal {
  if (reply === null) return new Refusal('NO', 'UNAVAILABLE', 'The connection breaks', 'a fault on purpose');
  const [, code = null] = /\[(.*?)\]/.exec(formatImapFault(reply)) ?? [];
  return new Refusal('NO', code, reply.text, 'a fault on purpose');
}
