/**
 * WHOIS (RFC 3912): the client sends one line that ends in CR LF, the server answers with text and closes. The protocol
 * says nothing of the text; this is the "Key: value" form that registrars use.
 */
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import type { PublicRegistration, RegistrationStatus } from './registration.ts';

/** Octets of a query, at most: a name has 253, and some clients put words of their own before it. */
export const QUERY_OCTETS_MAX = 512;

const LINE_FEED = 0x0a;

/** The query in `octets`, or null while its line has not ended. @throws ProtocolViolation */
export function decodeWhoisQuery(octets: Uint8Array): string | null {
  const end = octets.indexOf(LINE_FEED);
  if (end > QUERY_OCTETS_MAX || (end === -1 && octets.length > QUERY_OCTETS_MAX)) {
    throw new ProtocolViolation(
      `A query has more than ${QUERY_OCTETS_MAX} octets`,
      QUERY_OCTETS_MAX,
      'RFC 3912, section 2',
    );
  }
  if (end === -1) return null;
  return decodeLine(octets.subarray(0, end));
}

/** The query of a client that closed its side without ending the line. @throws ProtocolViolation */
export function decodeLine(line: Uint8Array): string {
  // RFC 3912, section 4: there is no way to name a character set; only ASCII is the same in all of them.
  const strange = line.findIndex(
    (octet, at) => !(octet >= 0x20 && octet < 0x7f) && !(octet === 0x0d && at === line.length - 1),
  );
  if (strange !== -1)
    throw new ProtocolViolation('A query has an octet that is no text', strange, 'RFC 3912, section 4');
  return new TextDecoder().decode(line).trim();
}

/** The status in EPP's word (RFC 5731, section 2.3), and what it means for the zone. */
const STATUS: Readonly<Record<RegistrationStatus, { readonly epp: string; readonly means: string }>> = {
  pendingCreate: { epp: 'pendingCreate', means: 'does not have the name yet' },
  active: { epp: 'ok', means: 'leads to these name servers' },
  pendingUpdate: { epp: 'pendingUpdate', means: 'still has the name servers of before' },
  pendingDelete: { epp: 'pendingDelete', means: 'still has the name, which is given up' },
};

/** The answer about a registered name; `trouble` is why its zone is not up to it yet. */
export function formatWhoisAnswer(registration: PublicRegistration, registrar: string, trouble: string | null): string {
  const { epp, means } = STATUS[registration.status];
  const tld = registration.name.split('.').at(-1);
  return lines([
    `Domain Name: ${registration.name}`,
    `Registrar: ${registrar}`,
    `Creation Date: ${registration.createdAt}`,
    `Updated Date: ${registration.changedAt}`,
    `Domain Status: ${epp}`,
    ...(registration.registrant === '' ? [] : [`Registrant: ${registration.registrant}`]),
    ...registration.nameServers.map((server) => `Name Server: ${server.name} ${server.address}`),
    '',
    `${epp} (RFC 5731, section 2.3): the zone of ${tld} ${means}.`,
    ...(trouble === null ? [] : [trouble]),
  ]);
}

/** The answer about a name that is not registered. */
export function formatWhoisNoMatch(name: string, registrar: string): string {
  return lines([`No match for "${name}".`, '', `It is not registered here, at ${registrar}.`]);
}

/** The answer to what is no query. */
export function formatWhoisError(what: string): string {
  return lines([`Error: ${what}`]);
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\r\n`).join('');
}
