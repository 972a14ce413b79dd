import type { Question } from '#shared/dns/message.ts';
import type { Clock } from '#shared/host/clock.ts';
import { Patience } from '#shared/host/patience.ts';
import type { Approach } from '../protocol/approach.ts';
import type { Input, Output } from '../protocol/effects.ts';
import type { Resolution } from '../protocol/resolution.ts';
import type { Resolver } from '../protocol/resolver.ts';
import type { Upstream, UpstreamAsker } from './upstream.ts';

/** The answer to a question, with the steps that led to it. */
export type Resolved = Extract<Output, { kind: 'answer' }>;

const TIMER_INPUTS = { deadline: 'too-late', pause: 'pause-over', patience: 'patience-over' } as const;

/** Performs what the resolver decides: sends its queries, keeps its timers, hands its answers over. */
export class Recursion {
  readonly #resolver: Resolver;
  readonly #asker: UpstreamAsker;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, (resolved: Resolved) => void>();
  readonly #inFlight = new Map<number, AbortController>();
  readonly #understanding = new Map<number, (because: string) => void>();
  readonly #timers = new Map<number, Patience[]>();
  #tickets = 0;
  #isStopped = false;

  constructor(resolver: Resolver, asker: UpstreamAsker, clock: Clock) {
    this.#resolver = resolver;
    this.#asker = asker;
    this.#clock = clock;
  }

  /** The answer that is there at once, or null. `exchange` is the client's; null where nothing may be asked on its behalf. */
  answerNow(question: Question, exchange: string | null): Resolution | null {
    const known = this.#resolver.answerNow(question, this.#clock.now());
    if (known?.isDue === true && exchange !== null) this.#step({ kind: 'prefetch', question, exchange });
    return known;
  }

  /** Counts an answer that was given once more, without being looked for. */
  countHit(resolution: Resolution, times: number): void {
    this.#resolver.countHit(resolution, times);
  }

  /** Finds the answer to a question; `exchange` is the client's. Never rejects: what cannot be found is SERVFAIL. */
  resolve(question: Question, exchange: string, options: { isExplained?: boolean } = {}): Promise<Resolved> {
    const ticket = this.#tickets++;
    return new Promise((resolve) => {
      this.#waiting.set(ticket, resolve);
      this.#step({ kind: 'question', ticket, question, exchange, ...options });
    });
  }

  /** Asks the root for its servers, if that is due. */
  prime(): void {
    this.#step({ kind: 'prime' });
  }

  use(approach: Approach): void {
    this.#step({ kind: 'approach', approach });
  }

  stop(): void {
    this.#isStopped = true;
    for (const query of this.#inFlight.values()) query.abort();
    for (const timers of this.#timers.values()) for (const timer of timers) timer.end();
  }

  #step(input: Input): void {
    if (this.#isStopped) return;
    for (const output of this.#resolver.step(input, this.#clock.now())) this.#perform(output);
  }

  #perform(output: Output): void {
    switch (output.kind) {
      case 'ask':
        this.#ask(output);
        return;
      case 'understood':
        this.#understanding.get(output.query)?.(output.because);
        return;
      case 'forget':
        this.#inFlight.get(output.query)?.abort();
        return;
      case 'closed':
        for (const timer of this.#timers.get(output.job) ?? []) timer.end();
        this.#timers.delete(output.job);
        return;
      case 'answer':
        this.#waiting.get(output.ticket)?.(output);
        this.#waiting.delete(output.ticket);
        return;
      default:
        this.#after(output.job, output.ms, { kind: TIMER_INPUTS[output.kind], job: output.job });
    }
  }

  #ask(output: Extract<Output, { kind: 'ask' }>): void {
    const { query } = output;
    const abort = new AbortController();
    this.#inFlight.set(query, abort);
    void this.#asker
      .ask(output, abort.signal)
      .catch((): Upstream => ({ silence: 'useless' }))
      .then((upstream) => {
        this.#inFlight.delete(query);
        this.#onUpstream(query, upstream);
      });
  }

  #onUpstream(query: number, upstream: Upstream): void {
    if ('silence' in upstream) {
      this.#step({ kind: 'silence', query, failure: upstream.silence });
      return;
    }
    this.#understanding.set(query, upstream.understood);
    this.#step({ kind: 'reply', query, message: upstream.reply, elapsedMs: upstream.elapsedMs });
    this.#understanding.delete(query);
  }

  #after(job: number, ms: number, input: Input): void {
    const timers = this.#timers.get(job) ?? [];
    timers.push(new Patience(ms, () => this.#step(input)));
    this.#timers.set(job, timers);
  }
}
