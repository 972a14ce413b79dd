import { SASL_MECHANISMS } from '../protocol/sasl-exchange.ts';
import type { ImapSession } from './imap-session.ts';

/** What this server can do, in groups of the documents that describe it. */
const CAPABILITIES = [
  // RFC 3501 and 9051; how commands are said: RFC 7888, 4959, 5161.
  ...['IMAP4rev1', 'IMAP4rev2', 'LITERAL+', 'SASL-IR', 'ENABLE'],
  // RFC 2971, 2177, 2342, 3691.
  ...['ID', 'IDLE', 'NAMESPACE', 'UNSELECT'],
  // Messages: RFC 4315, 6851, 3502, 3516, 7162, 4731, 5182.
  ...['UIDPLUS', 'MOVE', 'MULTIAPPEND', 'BINARY', 'CONDSTORE', 'QRESYNC', 'ESEARCH', 'SEARCHRES'],
  // Mailboxes: RFC 3348, 5258, 5819, 6154, 8438, 9208.
  ...['CHILDREN', 'LIST-EXTENDED', 'LIST-STATUS', 'SPECIAL-USE', 'CREATE-SPECIAL-USE', 'STATUS=SIZE'],
  ...['QUOTA', 'QUOTA=RES-STORAGE'],
] as const;

export function formatCapabilities(session: ImapSession): string {
  return [...CAPABILITIES, ...loginCapabilities(session)].join(' ');
}

/** How to log in: RFC 3501, section 6.2.3. */
function loginCapabilities({ state, parts, wire }: ImapSession): string[] {
  if (state.kind !== 'not-authenticated') return [];
  const mechanisms = SASL_MECHANISMS.map((mechanism) => `AUTH=${mechanism}`);
  if (wire.isSecure) return mechanisms;
  return ['STARTTLS', ...(parts.offersLogin ? mechanisms : ['LOGINDISABLED'])];
}
