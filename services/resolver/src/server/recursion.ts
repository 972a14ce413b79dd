import type { Question } from '#shared/dns/message.ts';
import type { Clock } from '#shared/host/clock.ts';
import type { Input, Output } from '../protocol/effects.ts';
import type { Resolution } from '../protocol/resolution.ts';
import type { Resolver } from '../protocol/resolver.ts';
import type { Upstream, UpstreamAsker } from './upstream.ts';

/** Performs what the resolver decides: sends its queries, keeps its timers, hands its answers over. */
export class Recursion {
  readonly #resolver: Resolver;
  readonly #asker: UpstreamAsker;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, (resolution: Resolution) => void>();
  readonly #inFlight = new Map<number, AbortController>();
  readonly #understanding = new Map<number, (because: string) => void>();
  readonly #timers = new Map<number, NodeJS.Timeout[]>();
  #tickets = 0;
  #isStopped = false;

  constructor(resolver: Resolver, asker: UpstreamAsker, clock: Clock) {
    this.#resolver = resolver;
    this.#asker = asker;
    this.#clock = clock;
  }

  /** Finds the answer to a question; `exchange` is the client's. Never rejects: what cannot be found is SERVFAIL. */
  resolve(question: Question, exchange: string): Promise<Resolution> {
    const ticket = this.#tickets++;
    return new Promise((resolve) => {
      this.#waiting.set(ticket, resolve);
      this.#step({ kind: 'question', ticket, question, exchange });
    });
  }

  stop(): void {
    this.#isStopped = true;
    for (const query of this.#inFlight.values()) query.abort();
    for (const timers of this.#timers.values()) for (const timer of timers) clearTimeout(timer);
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
      case 'deadline':
        this.#after(output.job, output.ms, { kind: 'too-late', job: output.job });
        return;
      case 'pause':
        this.#after(output.job, output.ms, { kind: 'pause-over', job: output.job });
        return;
      case 'closed':
        for (const timer of this.#timers.get(output.job) ?? []) clearTimeout(timer);
        this.#timers.delete(output.job);
        return;
      case 'answer':
        this.#waiting.get(output.ticket)?.(output.resolution);
        this.#waiting.delete(output.ticket);
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
    timers.push(setTimeout(() => this.#step(input), ms));
    this.#timers.set(job, timers);
  }
}
