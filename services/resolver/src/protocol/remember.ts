import type { ResourceRecord } from '#shared/dns/message.ts';
import { type Name, nameKey } from '#shared/dns/name.ts';
import type { Cache } from './cache.ts';
import type { UpstreamReply } from './upstream-reply.ts';

/** Puts into the cache what a reply about `asked` has told, each part with its rank (RFC 2181, section 5.4.1). */
export function remember(cache: Cache, reply: UpstreamReply, asked: { name: Name; qtype: number }, now: number): void {
  switch (reply.kind) {
    case 'answer':
      for (const rrset of rrsetsOf(reply.rrset)) cache.storeRrset(rrset, 'answer', now);
      for (const rrset of rrsetsOf(reply.additional)) cache.storeRrset(rrset, 'glue', now);
      return;
    case 'alias':
      cache.storeRrset(reply.rrset, 'answer', now);
      return;
    case 'referral':
      cache.storeRrset(reply.ns, 'authority', now);
      for (const rrset of rrsetsOf(reply.glue)) cache.storeRrset(rrset, 'glue', now);
      return;
    case 'no-data':
    case 'name-error':
      // Without a SOA record nothing says for how long it is true (RFC 2308, section 5).
      if (reply.soa !== undefined) cache.storeNegative(reply.kind, asked.name, asked.qtype, reply.soa, now);
  }
}

function rrsetsOf(records: readonly ResourceRecord[]): ResourceRecord[][] {
  return [...Map.groupBy(records, ({ owner, type }) => `${type}/${nameKey(owner)}`).values()];
}
