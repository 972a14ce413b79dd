import type { ResourceRecord } from '#shared/dns/message.ts';
import { type Name, nameKey } from '#shared/dns/name.ts';
import { TYPE } from '#shared/dns/registry.ts';
import type { Cache, Rank } from './cache.ts';
import { withoutSynthesised } from './redirection.ts';
import type { UpstreamReply } from './upstream-reply.ts';

/** Puts into the cache what a reply about `asked` has told, each part with its rank (RFC 2181, section 5.4.1). */
export function remember(cache: Cache, reply: UpstreamReply, asked: { name: Name; qtype: number }, now: number): void {
  const store = (records: readonly ResourceRecord[], rank: Rank) => {
    for (const rrset of rrsetsOf(records)) cache.storeRrset(rrset, rank, now);
  };
  switch (reply.kind) {
    case 'answer':
    case 'alias':
      store(withoutSynthesised(reply.rrset), 'answer');
      store(reply.ns, 'authority');
      store(reply.additional, 'additional');
      return;
    case 'name-too-long':
      store(reply.rrset, 'answer');
      return;
    case 'referral':
      store(reply.ns, 'referral');
      store(reply.glue, 'additional');
      return;
    case 'no-data':
    case 'name-error': {
      const aliases = reply.aliases ?? [];
      store(withoutSynthesised(aliases), 'answer');
      const last = aliases.findLast(({ type }) => type === TYPE.CNAME)?.rdata;
      const name = last?.kind === 'CNAME' ? last.target : asked.name;
      cache.storeNegative(reply.kind, name, asked.qtype, reply.soa, now);
    }
  }
}

function rrsetsOf(records: readonly ResourceRecord[]): ResourceRecord[][] {
  return [...Map.groupBy(records, ({ owner, type }) => `${type}/${nameKey(owner)}`).values()];
}
