/** Where in the server's work a fault on purpose may strike, and what is known of a conversation by then. */

/** What a rule may look at. */
export type FaultSubject = 'client' | 'account' | 'sender' | 'recipient' | 'command' | 'server';

interface StageFacts {
  /** When the fault strikes. */
  readonly strikes: string;
  readonly knows: readonly FaultSubject[];
  /** Whether a connection is there that can break. */
  readonly mayDrop: boolean;
  /** Whether the connection may also break after some octets, in the middle of what is being said. */
  readonly mayBreakAfterOctets: boolean;
}

const ENVELOPE = ['client', 'account', 'sender', 'recipient'] as const;
const COMMAND = ['client', 'account', 'command'] as const;

/** The stages, in the order of a message's way. */
export const FAULT_STAGES = {
  'smtp-connect': stage('instead of the greeting of SMTP', ['client']),
  'smtp-helo': stage('at EHLO and HELO', ['client']),
  'smtp-auth': stage('at AUTH, before the password is looked at', ['client', 'account']),
  'smtp-mail': stage('at MAIL FROM', ['client', 'account', 'sender']),
  'smtp-rcpt': stage('at RCPT TO', ENVELOPE),
  'smtp-data': stage('at DATA, or in the middle of the mail data', ENVELOPE, { mayBreakAfterOctets: true }),
  'smtp-message': stage('after the dot that ends the message; nothing is stored', ENVELOPE),
  'smtp-stored': stage('after the message was stored, before its 250 goes: the client cannot know', ENVELOPE),
  relay: stage('before a message is offered to the next server', ['sender', 'recipient', 'server']),
  delivery: stage('before a message is written into a mailbox', ['account', 'sender', 'recipient'], { mayDrop: false }),
  'pop3-connect': stage('instead of the greeting of POP3', ['client']),
  'pop3-login': stage('at PASS and AUTH, before the password is looked at', ['client', 'account']),
  'pop3-command': stage('at a command after the log-in, or in its response', COMMAND, { mayBreakAfterOctets: true }),
  'imap-connect': stage('instead of the greeting of IMAP', ['client']),
  'imap-login': stage('at LOGIN and AUTHENTICATE, before the password is looked at', ['client', 'account']),
  'imap-command': stage('at a command after the log-in, or in its responses', COMMAND, { mayBreakAfterOctets: true }),
} as const satisfies Record<string, StageFacts>;

export type FaultStage = keyof typeof FAULT_STAGES;

/** All stages, for a schema and a page that list them. */
export const FAULT_STAGE_NAMES = Object.keys(FAULT_STAGES) as [FaultStage, ...FaultStage[]];

function stage(
  strikes: string,
  knows: readonly FaultSubject[],
  { mayDrop = true, mayBreakAfterOctets = false } = {},
): StageFacts {
  return { strikes, knows, mayDrop, mayBreakAfterOctets };
}
