/**
 * What a resolver can answer without asking anybody: from its cache, with what is stale while its servers cannot be reached
 * (RFC 8767), or with the failure that it remembers (RFC 9520).
 */
import type { Question } from '#shared/dns/message.ts';
import type { Cache } from './cache.ts';
import type { Step } from './explanation.ts';
import { Failures, RECHECK_MS } from './failures.ts';
import { lookUp, type Progress } from './look-up.ts';
import { failedResolution, type Resolution, servfail } from './resolution.ts';

export class Memory {
  readonly cache: Cache;
  readonly failures = new Failures();

  constructor(cache: Cache) {
    this.cache = cache;
  }

  /** The answer to `question`, or null where servers must be asked. */
  answer(question: Question, now: number): Resolution | null {
    const found = lookUp(this.cache, startOf(question), question.qtype, { now, mayBeStale: false });
    if (found.kind === 'found') return found.resolution;
    return found.kind === 'endless' ? servfail(found.because) : this.failure(question, now);
  }

  /** What is answered instead of asking again what failed a moment ago. */
  failure(question: Question, now: number, tell?: (step: Step) => void): Resolution | null {
    const failure = this.failures.find(question, now);
    if (failure === undefined) return null;
    const isRechecked = now - failure.failedAt >= RECHECK_MS;
    const stale = isRechecked ? null : this.stale(question, now);
    if (stale === null && now >= failure.until) return null;
    const resolution = stale ?? failedResolution(failure, now);
    const { because } = resolution;
    tell?.({ kind: 'cache', name: question.qname, type: question.qtype, found: 'failure', because });
    return resolution;
  }

  /** The answer as it was until its time was over, or null where nothing is kept. */
  stale(question: Question, now: number): Resolution | null {
    const found = lookUp(this.cache, startOf(question), question.qtype, { now, mayBeStale: true });
    return found.kind === 'found' ? found.resolution : null;
  }

  clear(): void {
    this.cache.clear();
    this.failures.clear();
  }
}

function startOf({ qname }: Question): Progress {
  return { name: qname, aliases: [] };
}
