/**
 * Servers that do not know EDNS (RFC 6891, sections 6.2.2 and 7). They answer FORMERR, or NOTIMP, without an OPT record; and
 * one that says BADVERS to version 0, the first there is, has no version in common with us. Such a server is asked once more
 * without EDNS, and where that helps it is remembered for a while (servers.ts).
 *
 * A server that is silent is not asked without EDNS: silence is a lost packet far more often than a fear of OPT records,
 * and resolvers agreed to stop excusing the latter (DNS flag day 2019).
 */
import type { Message } from '#shared/dns/message.ts';
import { formatRcode, RCODE } from '#shared/dns/registry.ts';

/** Why the server that replied so to a query with EDNS is to be asked without; null where EDNS is not what it minds. */
export function ednsFault({ rcode, edns }: Message): string | null {
  // With an OPT record it knows EDNS: then FORMERR says that something else is malformed.
  const isUnknown = edns === null && (rcode === RCODE.FORMERR || rcode === RCODE.NOTIMP);
  if (isUnknown) return `${formatRcode(rcode)} without an OPT record: it does not know EDNS`;
  return rcode === RCODE.BADVERS ? 'BADVERS to version 0: it knows no version of EDNS that we know' : null;
}

/** Whether a reply to a query without EDNS shows that EDNS was what the server minded. */
export function isHelped({ rcode }: Message): boolean {
  return rcode !== RCODE.FORMERR && rcode !== RCODE.NOTIMP;
}
