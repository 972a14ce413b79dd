import type { ImapSession } from './imap-session.ts';

/**
 * What this server can do beyond RFC 3501: non-synchronizing literals (RFC 7888), the first word of AUTHENTICATE in its line
 * (RFC 4959), IDLE (RFC 2177), NAMESPACE (RFC 2342), UNSELECT (RFC 3691), UIDs of
 * what was added (RFC 4315), whether a mailbox has others below it (RFC 3348).
 */
const EXTENSIONS = ['LITERAL+', 'SASL-IR', 'IDLE', 'NAMESPACE', 'UNSELECT', 'UIDPLUS', 'CHILDREN'] as const;

export function formatCapabilities({ state, parts }: ImapSession): string {
  const login = state.kind !== 'not-authenticated' ? [] : parts.offersLogin ? ['AUTH=PLAIN'] : ['LOGINDISABLED'];
  return ['IMAP4rev1', ...EXTENSIONS, ...login].join(' ');
}
