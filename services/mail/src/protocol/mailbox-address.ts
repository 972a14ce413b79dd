/**
 * Addresses of mailboxes as SMTP commands carry them: RFC 5321, section 4.1.2, with the non-ASCII letters of RFC 6531. A
 * local part that is quoted is kept without its quotes, which are no part of the name: `"alice"@crepes.fr` is Alice.
 */
import { ProtocolViolation } from '#shared/protocol-violation.ts';

export interface MailboxAddress {
  /** Without quotes. Case is kept: only the domain is known to be case-insensitive (RFC 5321, section 2.4). */
  readonly localPart: string;
  /** In lower case; a name in A-labels, or an address literal in brackets. */
  readonly domain: string;
}

/** Octets of a local part and of a domain at most (RFC 5321, section 4.5.3.1). */
const LOCAL_PART_OCTETS_MAX = 64;
const DOMAIN_OCTETS_MAX = 255;

const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\u00a0-\\uffef-]+";
const DOT_STRING = new RegExp(`^${ATOM}(?:\\.${ATOM})*$`);
/**
 * What stands between the quotes: qtextSMTP, and quoted-pairSMTP. Angle brackets are left out of both: the client that sends
 * mail on refuses them, and what cannot be sent on or back is better refused at the door.
 */
const QUOTED_CONTENT = /^(?:[\x20\x21\x23-\x3b\x3d\x3f-\x5b\x5d-\x7e\u00a0-\uffef]|\\[\x20-\x3b\x3d\x3f-\x7e])+$/;
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
/** RFC 5321, section 4.1.3: a number of up to three digits, from 0 to 255. */
const SNUM = '(?:25[0-5]|2[0-4]\\d|[01]?\\d?\\d)';
const ADDRESS_LITERAL = new RegExp(`^\\[(?:${SNUM}(?:\\.${SNUM}){3}|ipv6:[0-9a-f:.]+)\\]$`);

/** @throws ProtocolViolation */
export function parseMailboxAddress(text: string): MailboxAddress {
  const at = text.lastIndexOf('@');
  const localPart = readLocalPart(text.slice(0, Math.max(0, at)));
  const domain = text.slice(at + 1).toLowerCase();
  if (localPart === null) {
    throw new ProtocolViolation('Cannot read the local part of the address', 0, 'RFC 5321, section 4.1.2');
  }
  const isDomain = domain.length <= DOMAIN_OCTETS_MAX && (DOMAIN.test(domain) || ADDRESS_LITERAL.test(domain));
  if (!isDomain)
    throw new ProtocolViolation('Cannot read the domain of the address', at + 1, 'RFC 5321, section 4.1.2');
  return { localPart, domain };
}

/** With quotes only where the name needs them: RFC 5321, section 4.1.2, asks for the form without. */
export function formatMailboxAddress({ localPart, domain }: MailboxAddress): string {
  const local = DOT_STRING.test(localPart) ? localPart : `"${localPart.replace(/["\\]/g, '\\$&')}"`;
  return `${local}@${domain}`;
}

/** Whether an address needs SMTPUTF8 on its way (RFC 6531, section 3.4). */
export function isInternationalized(address: string): boolean {
  return /[^\x00-\x7f]/.test(address);
}

/** The name that a local part stands for; null when it has not the form of one. */
function readLocalPart(text: string): string | null {
  if (text.length > LOCAL_PART_OCTETS_MAX || new TextEncoder().encode(text).length > LOCAL_PART_OCTETS_MAX) return null;
  if (DOT_STRING.test(text)) return text;
  const content = text.slice(1, -1);
  const isQuoted = text.startsWith('"') && text.endsWith('"') && text.length > 2 && QUOTED_CONTENT.test(content);
  return isQuoted ? content.replace(/\\(.)/g, '$1') : null;
}
