/**
 * The two forms in which names of mailboxes travel: modified UTF-7 in IMAP4rev1 (RFC 3501, section 5.1.3), UTF-8 once the
 * client has enabled IMAP4rev2 (RFC 9051, section 5.1). Inside of this server a name is modified UTF-7 always.
 */
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { fromBinaryText, toBinaryText } from '../octets.ts';
import { parseMailboxName } from './mailbox-name.ts';
import { decodeModifiedUtf7, encodeModifiedUtf7 } from './modified-utf7.ts';
import { formatAstring } from './response.ts';

export type NameForm = 'modified-utf7' | 'utf-8';

const CLAUSE = 'RFC 9051, section 5.1';

/** The name that a client means. @param given one character for each octet @throws ProtocolViolation */
export function readMailboxName(given: string, form: NameForm): string {
  return parseMailboxName(form === 'utf-8' ? encodeModifiedUtf7(readNetUnicode(given)) : given);
}

/** A name as the client is told it: an astring. */
export function formatMailboxName(name: string, form: NameForm): string {
  if (form === 'modified-utf7' || !name.includes('&')) return formatAstring(name);
  // RFC 9051, section 4.3: a quoted string may have UTF-8 now.
  return `"${toBinaryText(new TextEncoder().encode(decodeModifiedUtf7(name))).replace(/["\\]/g, '\\$&')}"`;
}

/** What a pattern of LIST is compared with. */
export function comparableName(name: string, form: NameForm): string {
  return form === 'utf-8' ? decodeModifiedUtf7(name) : name;
}

/** A pattern in the form of `comparableName`. */
export function readPattern(given: string, form: NameForm): string {
  return form === 'utf-8' ? readNetUnicode(given) : given;
}

/** RFC 5198: UTF-8 in normal form C, so that one name is not two. Control characters no name has. */
function readNetUnicode(given: string): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(fromBinaryText(given));
  } catch {
    throw new ProtocolViolation('Cannot read the name: it is no UTF-8', 0, CLAUSE);
  }
  if (text !== text.normalize('NFC'))
    throw new ProtocolViolation('Cannot read the name: it is not in normal form C', 0, CLAUSE);
  if (/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(text))
    throw new ProtocolViolation('Cannot read the name: it has a control character', 0, CLAUSE);
  return text;
}
