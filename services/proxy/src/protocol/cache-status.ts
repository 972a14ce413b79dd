/** The Cache-Status field: RFC 9211, a list member with parameters (structured fields, RFC 9651). */

import type { ForwardReason } from './choose-reuse.ts';

/** What happened to one request in this cache. */
export interface CacheStatus {
  /** Answered without asking the origin. */
  readonly hit: boolean;
  readonly forward?: ForwardReason | undefined;
  /** The status that the origin answered with, where the client got another one. */
  readonly forwardStatus?: number | undefined;
  /** Remaining freshness in seconds; below zero for a stale response. */
  readonly ttlS?: number | undefined;
  readonly stored?: boolean | undefined;
  /** Another client's request to the origin served this one too; false: it was waited for in vain. */
  readonly collapsed?: boolean | undefined;
  /** What the response is stored under, where that is more than the URI. */
  readonly key?: string | undefined;
  readonly because: string;
}

export function formatCacheStatus(cache: string, status: CacheStatus): string {
  const parameters = [
    status.hit ? 'hit' : null,
    status.forward === undefined ? null : `fwd=${status.forward}`,
    status.forwardStatus === undefined ? null : `fwd-status=${status.forwardStatus}`,
    status.ttlS === undefined ? null : `ttl=${status.ttlS}`,
    status.stored ? 'stored' : null,
    // Section 2.6 speaks of forwarded requests; a hit is none.
    status.hit || status.collapsed === undefined ? null : status.collapsed ? 'collapsed' : 'collapsed=?0',
    status.key === undefined ? null : `key=${formatString(status.key)}`,
    `detail=${formatString(status.because)}`,
  ];
  return [cache, ...parameters.filter((parameter) => parameter !== null)].join('; ');
}

/** A string of structured fields: printable ASCII between quotes (RFC 9651, section 4.1.6). */
function formatString(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`;
}
