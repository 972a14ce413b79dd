/**
 * Whether a name server answers for a domain: what is looked at before a name is delegated to it. A server that is named but
 * does not answer makes a lame delegation (RFC 9499, section 7): who follows it finds nothing.
 */
import type { Message } from '#shared/dns/message.ts';
import { isSameName } from '#shared/dns/name.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { formatRcode, RCODE } from '#shared/dns/registry.ts';
import type { NameServer } from './application.ts';

/** What was found, as a code that the page has words for in every language. */
export type ServerFinding =
  | 'serves'
  | 'silent'
  | 'refused'
  | 'failed'
  | 'noAuthority'
  | 'noSoa'
  | 'addressUnknown'
  | 'addressDiffers';

/** The result for one server. */
export interface ServerCheck extends NameServer {
  readonly finding: ServerFinding;
  /** The serial of the zone at this server, where it serves it. */
  readonly serial: number | null;
  /** What the words of the finding have a place for: a code of DNS, or an address. */
  readonly detail: string;
}

/** What the answer to `domain SOA` says of the server that gave it (RFC 1034, section 4.2.2). */
export function judgeServer(domain: string, server: NameServer, { rcode, aa, answer }: Message): ServerCheck {
  const found = (finding: ServerFinding, serial: number | null = null): ServerCheck => ({
    ...{ name: server.name, address: server.address, finding, serial, detail: formatRcode(rcode) },
  });
  if (rcode === RCODE.REFUSED) return found('refused');
  if (rcode !== RCODE.NOERROR) return found('failed');
  const owner = parseName(domain);
  const soa = answer.find((record) => record.rdata.kind === 'SOA' && isSameName(record.owner, owner))?.rdata;
  if (!aa) return found('noAuthority');
  return soa?.kind === 'SOA' ? found('serves', soa.serial) : found('noSoa');
}

export function serves({ finding }: ServerCheck): boolean {
  return finding === 'serves';
}

/** Whether all servers that serve the zone have the same edition of it. */
export function hasOneSerial(checks: readonly ServerCheck[]): boolean {
  return new Set(checks.filter(serves).map(({ serial }) => serial)).size <= 1;
}
