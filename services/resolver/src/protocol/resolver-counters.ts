import { RCODE } from '#shared/dns/registry.ts';
import type { FailureReason } from './failed-search.ts';
import type { Resolution } from './resolution.ts';

/** How often what happened since the start, for `GET /state`. */
export class ResolverCounters {
  questions = 0;
  /** Questions that were answered without a search, and of these with a remembered failure. */
  hits = 0;
  rememberedFailures = 0;
  /** Answers that were stale. */
  stale = 0;
  /** Questions that joined a search on its way. */
  coalesced = 0;
  prefetches = 0;
  primings = 0;
  readonly failures: Partial<Record<FailureReason, number>> = {};

  hit({ rcode, errors }: Resolution, times: number): void {
    this.hits += times;
    if (errors.length === 0) return;
    if (rcode === RCODE.SERVFAIL) this.rememberedFailures += times;
    else this.stale += times;
  }

  failed(reason: FailureReason): void {
    this.failures[reason] = (this.failures[reason] ?? 0) + 1;
  }
}
