/**
 * The steps of a search as the resolver tells them: each is noted where the decision is made, with its reason. A client may
 * ask for the steps of one answer (the control action `explain`).
 */
import { EXTENDED_ERROR, type ExtendedError } from '#shared/dns/extended-error.ts';
import type { ResourceRecord } from '#shared/dns/message.ts';
import type { Name } from '#shared/dns/name.ts';
import type { Cached } from './cache.ts';
import type { Delegation, DelegationSource } from './delegation.ts';
import type { Candidate } from './servers.ts';
import type { UpstreamReply } from './upstream-reply.ts';

/** Steps that are kept of one search; a search within its budgets has fewer. */
export const STEPS_MAX = 400;

/** Why a search was opened: a client asked, a server's address is needed, an entry is almost over, or the root is to be known. */
export type Purpose = 'client' | 'server' | 'prefetch' | 'priming';

/** A server as a query names it. */
export interface AskedServer {
  readonly name: Name;
  readonly address: string;
}

export type Step = { readonly because: string } & (
  | { readonly kind: 'question'; readonly name: Name; readonly type: number; readonly purpose: Purpose }
  | {
      readonly kind: 'cache';
      readonly name: Name;
      readonly type: number;
      readonly found: Cached | 'failure' | 'nothing';
    }
  | { readonly kind: 'alias'; readonly name: Name; readonly target: Name }
  | { readonly kind: 'zone'; readonly delegation: Delegation; readonly source: DelegationSource }
  | {
      readonly kind: 'server';
      readonly zone: Name;
      readonly server: AskedServer;
      readonly candidates: readonly Candidate[];
    }
  | {
      readonly kind: 'query';
      readonly query: number;
      readonly name: Name;
      readonly type: number;
      readonly server: AskedServer;
      readonly transport: 'udp' | 'tcp';
      readonly rd: boolean;
      readonly hasEdns: boolean;
      readonly isMinimised: boolean;
      /** Whether the query of another search is on its way already and serves this one too. */
      readonly isShared: boolean;
    }
  | {
      readonly kind: 'reply';
      readonly query: number;
      readonly server: AskedServer;
      readonly meaning: UpstreamReply['kind'] | 'truncated' | 'without-edns';
      readonly elapsedMs: number;
      readonly zone: Name | null;
      readonly records: readonly ResourceRecord[];
      readonly glue: readonly ResourceRecord[];
    }
  | { readonly kind: 'silence'; readonly query: number; readonly server: AskedServer; readonly failure: Silence }
  | { readonly kind: 'finding'; readonly server: Name }
  | { readonly kind: 'pause'; readonly ms: number }
  | {
      readonly kind: 'answer';
      readonly rcode: number;
      readonly records: readonly ResourceRecord[];
      readonly errors: readonly ExtendedError[];
    }
);

/** Why no usable reply came: none at all, the network said no, none to this query, or octets that are no message. */
export type Silence = 'silent' | 'unreachable' | 'mismatched' | 'useless';

/** A step, when it was taken, and in which search inside of which. */
export type NotedStep = Step & { readonly atMs: number; readonly depth: number };

/** A step that looks in the cache, in words. */
export function cacheReason(found: Cached | undefined): string {
  if (found === undefined) return 'the cache does not have it';
  const age = found.isStale
    ? `${found.ageS} s old and over since ${-found.leftS} s`
    : `cached ${found.ageS} s ago, ${found.leftS} s left`;
  if (found.knowledge === 'records') return `the cache has it: ${age}`;
  return `the cache knows that ${found.knowledge === 'no-data' ? 'there is no such data' : 'the name does not exist'}: ${age}`;
}

/** The extended error of what is given out stale (RFC 8914, sections 4.4 and 4.20). */
export function staleError(isNameError: boolean, extraText: string): ExtendedError {
  const infoCode = isNameError ? EXTENDED_ERROR.STALE_NXDOMAIN_ANSWER : EXTENDED_ERROR.STALE_ANSWER;
  return { infoCode, extraText };
}
