/** What the work for a question ends with, and where that came from. */
import type { ResourceRecord } from '#shared/dns/message.ts';
import type { Name } from '#shared/dns/name.ts';
import { formatHostname } from '#shared/dns/name-text.ts';
import { RCODE } from '#shared/dns/registry.ts';
import type { Cached } from './cache.ts';
import type { UpstreamReply } from './upstream-reply.ts';

export interface Resolution {
  readonly rcode: number;
  /** The aliases, and the records of the name at their end. */
  readonly answer: readonly ResourceRecord[];
  /** The SOA record of a negative answer. */
  readonly authority: readonly ResourceRecord[];
  readonly because: string;
}

export function servfail(because: string): Resolution {
  return { rcode: RCODE.SERVFAIL, answer: [], authority: [], because };
}

/** What the cache knows of `name`, to which `aliases` led. */
export function cachedResolution(name: Name, aliases: readonly ResourceRecord[], cached: Cached): Resolution {
  const { knowledge, records, ageS, leftS, owner } = cached;
  const because = `cached ${ageS} s ago, ${leftS} s left`;
  switch (knowledge) {
    case 'records': {
      const answer = [...aliases, ...records.map((record) => ({ ...record, owner: name }))];
      return { rcode: RCODE.NOERROR, answer, authority: [], because };
    }
    case 'no-data':
      return { rcode: RCODE.NOERROR, answer: aliases, authority: records, because: `no such data: ${because}` };
    case 'name-error': {
      const which = `${formatHostname(owner)} does not exist: ${because}`;
      return { rcode: RCODE.NXDOMAIN, answer: aliases, authority: records, because: which };
    }
  }
}

/** What a server has answered about the name to which `aliases` led. */
export function repliedResolution(
  aliases: readonly ResourceRecord[],
  reply: Extract<UpstreamReply, { kind: 'answer' | 'no-data' | 'name-error' }>,
): Resolution {
  const { because } = reply;
  if (reply.kind === 'answer')
    return { rcode: RCODE.NOERROR, answer: [...aliases, ...reply.rrset], authority: [], because };
  const rcode = reply.kind === 'name-error' ? RCODE.NXDOMAIN : RCODE.NOERROR;
  return { rcode, answer: aliases, authority: reply.soa === undefined ? [] : [negativeSoa(reply.soa)], because };
}

/** The TTL of a negative answer is the smaller of the SOA record's own and its MINIMUM (RFC 2308, section 5). */
function negativeSoa(soa: ResourceRecord): ResourceRecord {
  return soa.rdata.kind === 'SOA' ? { ...soa, ttl: Math.min(soa.ttl, soa.rdata.minimum) } : soa;
}
