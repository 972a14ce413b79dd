/** What the work for a question ends with, and where that came from. */
import { EXTENDED_ERROR, type ExtendedError } from '#shared/dns/extended-error.ts';
import type { ResourceRecord } from '#shared/dns/message.ts';
import type { Name } from '#shared/dns/name.ts';
import { formatHostname } from '#shared/dns/name-text.ts';
import { RCODE } from '#shared/dns/registry.ts';
import type { Cached, Stored } from './cache.ts';
import { staleError } from './explanation.ts';
import type { Failure } from './failures.ts';
import { redirect } from './redirection.ts';
import type { UpstreamReply } from './upstream-reply.ts';

export interface Resolution {
  readonly rcode: number;
  /** The aliases, and the records of the name at their end. */
  readonly answer: readonly ResourceRecord[];
  /** The SOA record of a negative answer. */
  readonly authority: readonly ResourceRecord[];
  readonly errors: readonly ExtendedError[];
  readonly because: string;
  /** Whether it came from the cache, was asked for often, and is almost over: the asker should have it refreshed. */
  readonly isDue?: boolean;
  /** The entries of the cache that it came from, those of the aliases first; absent where servers were asked. */
  readonly from?: readonly Stored[];
}

/** A reply that a search can end with. */
export type FinalReply = Extract<UpstreamReply, { kind: 'answer' | 'no-data' | 'name-error' | 'name-too-long' }>;

const NO_ERRORS: readonly ExtendedError[] = [];

export function servfail(because: string, errors: readonly ExtendedError[] = NO_ERRORS): Resolution {
  return { rcode: RCODE.SERVFAIL, answer: [], authority: [], errors, because };
}

/** What is answered while a failure is remembered. */
export function failedResolution({ because, errors, failedAt, until }: Failure, now: number): Resolution {
  const cached = { infoCode: EXTENDED_ERROR.CACHED_ERROR, extraText: because };
  const ageS = Math.floor((now - failedAt) / 1000);
  const leftS = Math.ceil((until - now) / 1000);
  return servfail(`failed ${ageS} s ago and is not tried again for ${leftS} s: ${because}`, [cached, ...errors]);
}

/** What the cache knows of `name`, to which `aliases` led; `isDue` and `isStale` where they hold for one of the aliases. */
export function cachedResolution(
  name: Name,
  aliases: readonly ResourceRecord[],
  cached: Cached,
  of: { readonly isDue: boolean; readonly isStale: boolean; readonly links: readonly Stored[] },
): Resolution {
  const { knowledge, records, ageS, leftS, owner } = cached;
  const isStale = of.isStale || cached.isStale;
  const age = cached.isStale ? `${ageS} s old, over since ${-leftS} s` : `cached ${ageS} s ago, ${leftS} s left`;
  const isNameError = knowledge === 'name-error';
  const redirection = redirect(name, records[0]);
  const isTooLong = redirection !== null && redirection.target === undefined;
  const rest = {
    rcode: isNameError ? RCODE.NXDOMAIN : isTooLong ? RCODE.YXDOMAIN : RCODE.NOERROR,
    errors: isStale ? [staleError(isNameError, 'no server could be asked in time')] : NO_ERRORS,
    isDue: of.isDue || cached.isDue,
    from: [...of.links, cached.stored],
  };
  if (knowledge === 'records') {
    const own =
      redirection?.links ?? records.map((record) => (record.owner === name ? record : { ...record, owner: name }));
    return { ...rest, answer: aliases.length === 0 ? own : [...aliases, ...own], authority: [], because: age };
  }
  const what = isNameError ? `${formatHostname(owner)} does not exist` : 'no such data';
  return { ...rest, answer: aliases, authority: records, because: `${what}: ${age}` };
}

/** What a server has answered about the name to which `aliases` led. */
export function repliedResolution(aliases: readonly ResourceRecord[], reply: FinalReply): Resolution {
  const { because } = reply;
  const errors = NO_ERRORS;
  if (reply.kind === 'answer' || reply.kind === 'name-too-long') {
    const rcode = reply.kind === 'answer' ? RCODE.NOERROR : RCODE.YXDOMAIN;
    return { rcode, answer: [...aliases, ...reply.rrset], authority: [], errors, because };
  }
  const rcode = reply.kind === 'name-error' ? RCODE.NXDOMAIN : RCODE.NOERROR;
  const authority = reply.soa === undefined ? [] : [negativeSoa(reply.soa)];
  return { rcode, answer: [...aliases, ...(reply.aliases ?? [])], authority, errors, because };
}

/** The TTL of a negative answer is the smaller of the SOA record's own and its MINIMUM (RFC 2308, section 5). */
function negativeSoa(soa: ResourceRecord): ResourceRecord {
  return soa.rdata.kind === 'SOA' ? { ...soa, ttl: Math.min(soa.ttl, soa.rdata.minimum) } : soa;
}
