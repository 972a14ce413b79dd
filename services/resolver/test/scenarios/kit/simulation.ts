/**
 * A resolver in a simulated network and in simulated time: servers answer from zones or by hand, and a day passes in a
 * moment. Nothing here is random: the same scenario always goes the same way.
 */

import { isLabClient } from '#shared/dns/lab-client.ts';
import { ednsWith, type Message, type Question, queryFor, responseTo } from '#shared/dns/message.ts';
import { formatHostname } from '#shared/dns/name-text.ts';
import { formatType } from '#shared/dns/registry.ts';
import { refusalOfClient, refusalToRecurse, responseOf } from '../../../src/protocol/answer.ts';
import { Cache } from '../../../src/protocol/cache.ts';
import type { Input, Output } from '../../../src/protocol/effects.ts';
import { parseHints } from '../../../src/protocol/hints.ts';
import { Resolver } from '../../../src/protocol/resolver.ts';
import { Servers } from '../../../src/protocol/servers.ts';
import { FAULTS, type Outcome } from './faults.ts';
import { replyOf, type SimulatedZone } from './zone-server.ts';

/** How long a reply takes where nothing else is said, in milliseconds. */
const DELAY_MS = 10;
const HINTS = '. 3600000 NS a.root-servers.net.\na.root-servers.net. 3600000 A 10.53.1.1\n';

export interface SimulatedServer {
  zones: SimulatedZone[];
  readonly replies: {
    readonly matches: (question: Question) => boolean;
    readonly reply: (question: Question) => Partial<Message>;
  }[];
  fault: string;
  delayMs: number;
}

export interface Settings {
  minimise: boolean;
  prefetch: boolean;
  prime: boolean;
  staleS: number;
  cacheBytes: number;
}

/** What a client got, when, and what it cost. */
export interface Answered {
  readonly response: Message;
  readonly because: string;
  readonly elapsedMs: number;
}

interface Event {
  readonly at: number;
  readonly input: Input;
}

export class Simulation {
  readonly servers = new Map<string, SimulatedServer>();
  readonly settings: Settings = { minimise: true, prefetch: true, prime: false, staleS: 86_400, cacheBytes: 1_000_000 };
  /** Queries to servers, as `10.53.1.1 com A`; `plain` at the end of those without EDNS. */
  asked: string[] = [];
  now = 0;
  #events: Event[] = [];
  #answered = new Map<number, Answered>();
  #begun = new Map<number, { at: number; query: Message }>();
  #tickets = 0;
  #turn = 0;
  #seed = 1;
  #parts: { resolver: Resolver; cache: Cache } | undefined;

  server(address: string): SimulatedServer {
    const known = this.servers.get(address);
    if (known !== undefined) return known;
    const server: SimulatedServer = { zones: [], replies: [], fault: 'nothing', delayMs: DELAY_MS };
    this.servers.set(address, server);
    return server;
  }

  get cache(): Cache {
    return this.#world().cache;
  }

  get resolver(): Resolver {
    return this.#world().resolver;
  }

  /** Asks as a client does; the answer is there when time has gone on. */
  ask(question: Question, given: { rd?: boolean; from?: string; edns?: boolean; dnssecOk?: boolean } = {}): number {
    const { rd = true, from = '10.53.100.1', edns = true, dnssecOk = false } = given;
    const ticket = this.#tickets++;
    const query = queryFor(question, { id: ticket & 0xffff, rd, edns: edns ? { ...ednsWith(), dnssecOk } : null });
    this.#begun.set(ticket, { at: this.now, query });
    const refused = refusalOfClient(query, null, isLabClient(from, '10.53'));
    if (refused !== null) this.#answer(ticket, refused.response, refused.because);
    else if (rd) this.#step({ kind: 'question', ticket, question, exchange: `client.${ticket}` });
    else {
      const known = this.resolver.answerNow(question, this.now);
      if (known === null) this.#answer(ticket, refusalToRecurse(query).response, refusalToRecurse(query).because);
      else this.#answer(ticket, responseOf(query, known, this.#turn++, this.cache, this.now), known.because);
    }
    return ticket;
  }

  /** Lets time go on until the question is answered. */
  until(ticket: number): Answered {
    for (let answered = this.#answered.get(ticket); ; answered = this.#answered.get(ticket)) {
      if (answered !== undefined) return answered;
      if (!this.#next(Number.POSITIVE_INFINITY)) throw new Error('the resolver waits for nothing and has no answer');
    }
  }

  answered(ticket: number): Answered | undefined {
    return this.#answered.get(ticket);
  }

  /** Lets so much time pass. */
  pass(ms: number): void {
    const until = this.now + ms;
    while (this.#next(until));
    this.now = until;
  }

  #world(): { resolver: Resolver; cache: Cache } {
    if (this.#parts !== undefined) return this.#parts;
    const { cacheBytes, staleS, minimise, prefetch, prime } = this.settings;
    const cache = new Cache({ bytes: cacheBytes, ttlSMax: 86_400, negativeTtlSMax: 3_600, staleSMax: staleS });
    const resolver = new Resolver({
      ...{ cache, servers: new Servers(() => this.#random()), hints: parseHints(HINTS, 'named.root', '10.53') },
      ...{ isMinimising: minimise, isPriming: prime, isPrefetching: prefetch },
    });
    this.#parts = { resolver, cache };
    return this.#parts;
  }

  /** The next thing that happens before `until`; false where nothing does. */
  #next(until: number): boolean {
    let first: Event | undefined;
    for (const event of this.#events)
      if (event.at <= until && (first === undefined || event.at < first.at)) first = event;
    if (first === undefined) return false;
    this.#events.splice(this.#events.indexOf(first), 1);
    this.now = Math.max(this.now, first.at);
    this.#step(first.input);
    return true;
  }

  #step(input: Input): void {
    for (const output of this.resolver.step(input, this.now)) this.#perform(output);
  }

  #perform(output: Output): void {
    const after = (ms: number, input: Input) => this.#events.push({ at: this.now + ms, input });
    switch (output.kind) {
      case 'ask':
        this.#ask(output);
        return;
      case 'deadline':
        after(output.ms, { kind: 'too-late', job: output.job });
        return;
      case 'pause':
        after(output.ms, { kind: 'pause-over', job: output.job });
        return;
      case 'patience':
        after(output.ms, { kind: 'patience-over', job: output.job });
        return;
      case 'closed':
        this.#events = this.#events.filter(({ input }) => !('job' in input && input.job === output.job));
        return;
      case 'forget':
        this.#events = this.#events.filter(({ input }) => !('query' in input && input.query === output.query));
        return;
      case 'answer': {
        const { query } = this.#begun.get(output.ticket)!;
        const { resolution } = output;
        const response = responseOf(query, resolution, this.#turn++, this.cache, this.now);
        this.#answer(output.ticket, response, resolution.because);
      }
    }
  }

  #answer(ticket: number, response: Message, because: string): void {
    const begun = this.#begun.get(ticket)!;
    this.#answered.set(ticket, { response, because, elapsedMs: this.now - begun.at });
  }

  #ask({
    query,
    server: address,
    question,
    transport,
    rd,
    hasEdns,
    timeoutMs,
  }: Extract<Output, { kind: 'ask' }>): void {
    const name = `${formatHostname(question.qname)} ${formatType(question.qtype)}`;
    this.asked.push(`${address} ${name}${transport === 'tcp' ? ' tcp' : ''}${hasEdns ? '' : ' plain'}`);
    const server = this.servers.get(address);
    const message = queryFor(question, { id: 1, rd, edns: hasEdns ? ednsWith() : null });
    const right = () => responseTo(message, this.#rightReply(server, question));
    const outcome: Outcome =
      server === undefined ? 'silent' : FAULTS[server.fault]!({ query: message, question, transport, right });
    const delayMs = server?.delayMs ?? 0;
    const isLate = outcome === 'silent' || outcome === 'mismatched' || delayMs > timeoutMs;
    const input: Input =
      typeof outcome === 'string' || isLate
        ? { kind: 'silence', query, failure: typeof outcome === 'string' ? outcome : 'silent' }
        : { kind: 'reply', query, message: outcome, elapsedMs: delayMs };
    this.#events.push({ at: this.now + (isLate ? timeoutMs : delayMs), input });
  }

  #rightReply(server: SimulatedServer | undefined, question: Question): Partial<Message> {
    const byHand = server?.replies.find(({ matches }) => matches(question));
    return byHand?.reply(question) ?? replyOf(server?.zones ?? [], question);
  }

  /** A number that looks random and is the same in every run (a linear congruence). */
  #random(): number {
    this.#seed = (this.#seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return this.#seed / 2 ** 31;
  }
}
