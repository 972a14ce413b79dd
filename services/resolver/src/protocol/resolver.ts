/**
 * The recursive resolver. It is told questions, replies and that time has passed, and says what to send and what to answer;
 * sockets, timers and randomness are its caller's. Here are the jobs and who waits for them; how a job goes about its
 * search is in search.ts.
 */
import type { Question } from '#shared/dns/message.ts';
import { ROOT } from '#shared/dns/name.ts';
import { CLASS, RCODE, TYPE } from '#shared/dns/registry.ts';
import { type Approach, ITERATE } from './approach.ts';
import { type Budget, openBudget, QUERIES_MAX } from './budget.ts';
import type { Cache } from './cache.ts';
import { addressesIn, type Hints, knownAddresses } from './delegation.ts';
import type { Input, Output } from './effects.ts';
import type { Purpose, Step } from './explanation.ts';
import { errorsOf, type FailedSearch, isRemembered, unreachable } from './failed-search.ts';
import { ANSWER_MS_MAX, JOBS_MAX, type Job, note, openJob, PATIENCE_MS, questionKey } from './job.ts';
import { Memory } from './memory.ts';
import { Reading } from './reading.ts';
import { type Resolution, servfail } from './resolution.ts';
import { ResolverCounters } from './resolver-counters.ts';
import { RootServers } from './root-servers.ts';
import { type Desk, Search } from './search.ts';
import type { Servers } from './servers.ts';

export interface ResolverParts {
  readonly cache: Cache;
  readonly servers: Servers;
  readonly hints: Hints;
  /** QNAME minimisation (RFC 9156). */
  readonly isMinimising: boolean;
  /** Whether the root is asked for its servers (RFC 9609), or the hints suffice. */
  readonly isPriming: boolean;
  /** Whether what is popular is refreshed before its time is over. */
  readonly isPrefetching: boolean;
  readonly approach?: Approach;
}

export class Resolver {
  readonly counters = new ResolverCounters();
  readonly #memory: Memory;
  readonly #roots: RootServers;
  readonly #search: Search;
  readonly #reading: Reading;
  readonly #isPriming: boolean;
  readonly #isPrefetching: boolean;
  readonly #jobs = new Map<number, Job>();
  readonly #byQuestion = new Map<string, Job>();
  #approach: Approach;
  #number = 0;
  #now = 0;
  #outputs: Output[] = [];

  constructor({ approach = ITERATE, ...parts }: ResolverParts) {
    const { cache, servers, hints, isMinimising } = parts;
    this.#memory = new Memory(cache);
    this.#roots = new RootServers(hints);
    this.#approach = approach;
    this.#isPriming = parts.isPriming;
    this.#isPrefetching = parts.isPrefetching;
    const search = { memory: this.#memory, servers, roots: this.#roots, isMinimising };
    const desk = this.#desk();
    this.#search = new Search(search, desk);
    this.#reading = new Reading(search, desk, this.#search);
  }

  get mode(): string {
    return this.#approach.mode;
  }

  /** Searches in work. */
  get working(): number {
    return this.#jobs.size;
  }

  /** Who serves the root, as far as is known, for `GET /state`. */
  root(now: number): object {
    return this.#roots.state(now);
  }

  /**
   * The answer that needs no search, or null. Nothing waits and nothing is put out: the caller can answer in the same
   * moment. Where the answer `isDue`, the caller gives the input `prefetch`.
   */
  answerNow(question: Question, now: number): Resolution | null {
    const known = this.#memory.answer(question, now);
    if (known === null) return null;
    this.countHit(known, 1);
    return known;
  }

  /** Counts a question that was answered at once, so many times. */
  countHit(known: Resolution, times: number): void {
    this.counters.questions += times;
    this.counters.hit(known, times);
  }

  /** Takes one input at the lab time `now` and returns what is to be done, in order. */
  step(input: Input, now: number): Output[] {
    this.#now = now;
    this.#outputs = [];
    switch (input.kind) {
      case 'question':
        this.#onQuestion(input);
        break;
      case 'prefetch':
        this.#onPrefetch(input);
        break;
      case 'prime':
        this.#prime();
        break;
      case 'approach':
        this.#onApproach(input.approach);
        break;
      case 'reply':
        this.#reading.onReply(input.query, input.message, input.elapsedMs);
        break;
      case 'silence':
        this.#reading.onSilence(input.query, input.failure);
        break;
      default:
        this.#onTimer(input);
    }
    return this.#outputs;
  }

  /** Forgets all answers and failures. Who serves the root, and how fast servers are, stays known. */
  flush(): void {
    this.#memory.clear();
    this.#search.forgive();
  }

  #onTimer({ kind, job: id }: Extract<Input, { job: number }>): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    if (kind === 'pause-over') this.#search.resume(job);
    else if (kind === 'patience-over') this.#onPatienceOver(job);
    else this.#onTooLate(job);
  }

  #onQuestion({ ticket, question, exchange, isExplained = false }: Extract<Input, { kind: 'question' }>): void {
    this.#prime();
    // A search whose steps are wanted is one of its own, so that none of them is missing.
    const known = isExplained ? null : this.#memory.answer(question, this.#now);
    this.counters.questions += 1;
    if (known !== null) {
      this.counters.hit(known, 1);
      this.#outputs.push({ kind: 'answer', ticket, resolution: known, steps: [], queries: 0 });
      if (known.isDue === true) this.#onPrefetch({ kind: 'prefetch', question, exchange });
      return;
    }
    const working = isExplained ? undefined : this.#byQuestion.get(questionKey(question));
    if (working !== undefined) {
      this.counters.coalesced += 1;
      working.waiters.push({ kind: 'client', ticket });
      // What was opened for a client has begun to count already.
      if (working.purpose !== 'client') this.#bePatient(working);
      return;
    }
    if (this.#jobs.size >= JOBS_MAX) {
      const failed: FailedSearch = { reason: 'busy', because: `${JOBS_MAX} questions are in work already` };
      const resolution = this.#failure(question, failed);
      this.#outputs.push({ kind: 'answer', ticket, resolution, steps: [], queries: 0 });
      return;
    }
    const job = this.#open(question, 'client', {
      budget: openBudget(QUERIES_MAX),
      cause: exchange,
      isAlone: isExplained,
    });
    job.waiters.push({ kind: 'client', ticket });
    this.#bePatient(job);
    this.#search.advance(job);
  }

  #onPrefetch({ question, exchange }: Extract<Input, { kind: 'prefetch' }>): void {
    const isWorking = this.#byQuestion.has(questionKey(question)) || this.#jobs.size >= JOBS_MAX;
    if (!this.#isPrefetching || isWorking) return;
    this.counters.prefetches += 1;
    this.#search.advance(this.#open(question, 'prefetch', { budget: openBudget(QUERIES_MAX), cause: exchange }));
  }

  /** Asks the root for its servers when that is due (RFC 9609, section 3). */
  #prime(): void {
    if (!this.#isPriming || !this.#roots.isDue(this.#now)) return;
    this.counters.primings += 1;
    const question = { qname: ROOT, qtype: TYPE.NS, qclass: CLASS.IN };
    const budget = openBudget(QUERIES_MAX);
    this.#search.advance(this.#open(question, 'priming', { budget, cause: null, isAlone: true }));
  }

  /** From now on searches go about it another way: what was learnt the old way is forgotten. */
  #onApproach(approach: Approach): void {
    for (const job of [...this.#jobs.values()]) {
      this.#fail(job, { reason: 'changed', because: 'the mode of the resolver was changed' });
    }
    this.#approach = approach;
    this.flush();
  }

  /** Where there is a stale answer, its clients wait for a better one so long and no longer. */
  #bePatient({ id, question }: Job): void {
    if (this.#memory.stale(question, this.#now) === null) return;
    this.#outputs.push({ kind: 'patience', job: id, ms: PATIENCE_MS });
  }

  #onPatienceOver(job: Job): void {
    const stale = this.#memory.stale(job.question, this.#now);
    const clients = job.waiters.filter((waiter) => waiter.kind === 'client');
    if (stale === null || clients.length === 0) return;
    this.counters.stale += 1;
    const because = `no answer came in ${PATIENCE_MS} ms, and a stale one is better than none: ${stale.because}`;
    const resolution = { ...stale, because };
    note(job, this.#now, answerStep(resolution));
    job.waiters = job.waiters.filter(({ kind }) => kind !== 'client');
    for (const waiter of clients) this.#answer(job, waiter, resolution);
  }

  #onTooLate(job: Job): void {
    const because = `no answer was found in ${ANSWER_MS_MAX} ms`;
    const round = 'round' in job.state ? job.state.round : null;
    this.#fail(job, { ...(round === null ? {} : unreachable(because, round)), reason: 'deadline', because });
  }

  #open(
    question: Question,
    purpose: Purpose,
    of: { budget: Budget; cause: string | null; depth?: number; isAlone?: boolean },
  ): Job {
    const { budget, cause, depth = 0, isAlone = false } = of;
    const key = isAlone ? null : questionKey(question);
    const job = openJob({ id: this.#number++, question, purpose, budget, cause, depth, openedAt: this.#now, key });
    this.#jobs.set(job.id, job);
    if (key !== null) this.#byQuestion.set(key, job);
    this.#outputs.push({ kind: 'deadline', job: job.id, ms: ANSWER_MS_MAX });
    note(job, this.#now, {
      kind: 'question',
      name: question.qname,
      type: question.qtype,
      purpose,
      because: WHY[purpose],
    });
    return job;
  }

  /** What the search may do with jobs. */
  #desk(): Desk {
    const resolver = this;
    return {
      get now() {
        return resolver.#now;
      },
      get approach() {
        return resolver.#approach;
      },
      put: (output) => this.#outputs.push(output),
      newQuery: () => this.#number++,
      finder: (question, budget, { cause, depth }) => {
        const working = this.#byQuestion.get(questionKey(question));
        if (working !== undefined) return { finder: working, isNew: false };
        return { finder: this.#open(question, 'server', { budget, cause, depth: depth + 1 }), isNew: true };
      },
      finish: (job, resolution) => this.#finish(job, resolution),
      fail: (job, failed) => this.#fail(job, failed),
    };
  }

  #fail(job: Job, failed: FailedSearch): void {
    if (job.state.at === 'done') return;
    if (job.purpose === 'priming') this.#roots.failed(this.#now);
    else if (isRemembered(failed)) {
      const { because } = failed;
      const of = { begunAt: job.openedAt, because, errors: errorsOf(failed) };
      this.#memory.failures.failed(job.question, of, this.#now);
    }
    this.#finish(job, this.#failure(job.question, failed));
  }

  /** SERVFAIL, or what is stale, which is better. */
  #failure(question: Question, failed: FailedSearch): Resolution {
    this.counters.failed(failed.reason);
    const errors = errorsOf(failed);
    const stale = this.#memory.stale(question, this.#now);
    if (stale === null) return servfail(failed.because, errors);
    this.counters.stale += 1;
    const because = `${failed.because}, and a stale answer is better than none: ${stale.because}`;
    return { ...stale, errors: [...stale.errors, ...errors], because };
  }

  #finish(job: Job, resolution: Resolution): void {
    if (job.state.at === 'done') return;
    const { state } = job;
    this.#search.leave(job);
    job.state = { at: 'done' };
    this.#jobs.delete(job.id);
    if (job.key !== null) this.#byQuestion.delete(job.key);
    if (state.at === 'finding') this.#abandon(state.job, job);
    note(job, this.#now, answerStep(resolution));
    this.#outputs.push({ kind: 'closed', job: job.id });
    const isFound = resolution.rcode !== RCODE.SERVFAIL && resolution.errors.length === 0;
    if (isFound) this.#memory.failures.succeeded(job.question);
    if (isFound && job.purpose === 'priming') {
      const addresses = knownAddresses(this.#memory.cache, resolution.answer, this.#now);
      this.#roots.primed(resolution.answer, addresses, this.#now);
    }
    for (const waiter of job.waiters) {
      if (waiter.kind === 'client') this.#answer(job, waiter, resolution);
      else this.#search.found(waiter.job, job, waiter.server, addressesIn(resolution.answer));
    }
  }

  #answer({ steps, queries }: Job, waiter: { readonly ticket: number }, resolution: Resolution): void {
    this.#outputs.push({ kind: 'answer', ticket: waiter.ticket, resolution, steps, queries });
  }

  /** `job` waits no longer for `finder`; what nobody waits for need not be found. */
  #abandon(finder: Job, job: Job): void {
    finder.waiters = finder.waiters.filter((waiter) => waiter.kind !== 'job' || waiter.job !== job);
    if (finder.waiters.length > 0 || finder.purpose !== 'server') return;
    this.#finish(finder, servfail('nobody waits for it any longer'));
  }
}

const WHY: Readonly<Record<Purpose, string>> = {
  client: 'a client asks',
  server: 'a search needs the address of this server',
  prefetch: 'it is asked for often and almost over: it is asked for again before its time',
  priming: 'the hints may be old: the root itself says who serves it',
};

function answerStep({ rcode, answer, errors, because }: Resolution): Step {
  return { kind: 'answer', rcode, records: answer, errors, because };
}
