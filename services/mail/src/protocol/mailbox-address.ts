/**
 * Addresses of mailboxes as SMTP commands carry them: RFC 5321, section 4.1.2, with the non-ASCII letters of RFC 6531.
 * Quoted local parts are not accepted (the SMTP server before us refuses them too); source routes are gone by then.
 */
import { ProtocolViolation } from '#shared/protocol-violation.ts';

export interface MailboxAddress {
  /** Case is kept: only the domain is known to be case-insensitive (RFC 5321, section 2.4). */
  readonly localPart: string;
  /** In lower case; a name in A-labels, or an address literal in brackets. */
  readonly domain: string;
}

/** Octets of a local part and of a domain at most (RFC 5321, section 4.5.3.1). */
const LOCAL_PART_OCTETS_MAX = 64;
const DOMAIN_OCTETS_MAX = 255;

const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\u00a0-\\uffef-]+";
const DOT_STRING = new RegExp(`^${ATOM}(?:\\.${ATOM})*$`);
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const ADDRESS_LITERAL = /^\[(?:\d{1,3}(?:\.\d{1,3}){3}|ipv6:[0-9a-f:.]+)\]$/;

/** @throws ProtocolViolation */
export function parseMailboxAddress(text: string): MailboxAddress {
  const at = text.lastIndexOf('@');
  const localPart = text.slice(0, Math.max(0, at));
  const domain = text.slice(at + 1).toLowerCase();
  const octets = new TextEncoder().encode(localPart).length;
  if (octets === 0 || octets > LOCAL_PART_OCTETS_MAX || !DOT_STRING.test(localPart)) {
    throw new ProtocolViolation('Cannot read the local part of the address', 0, 'RFC 5321, section 4.1.2');
  }
  const isDomain = domain.length <= DOMAIN_OCTETS_MAX && (DOMAIN.test(domain) || ADDRESS_LITERAL.test(domain));
  if (!isDomain)
    throw new ProtocolViolation('Cannot read the domain of the address', at + 1, 'RFC 5321, section 4.1.2');
  return { localPart, domain };
}

export function formatMailboxAddress({ localPart, domain }: MailboxAddress): string {
  return `${localPart}@${domain}`;
}

/** Whether an address needs SMTPUTF8 on its way (RFC 6531, section 3.4). */
export function isInternationalized(address: string): boolean {
  return /[^\x00-\x7f]/.test(address);
}
