/**
 * The recursive resolver: RFC 1034, section 5.3.3. It is told questions, replies and that time has passed, and says what
 * to send and what to answer; sockets, timers and randomness are its caller's.
 *
 *     1 look in the cache                 2 find the nearest servers that are known
 *     3 ask one of them                   4 read its reply: an answer, an alias, a referral, or nothing of use
 */
import type { Message, Question, ResourceRecord } from '#shared/dns/message.ts';
import { isSameName, type Name, nameKey } from '#shared/dns/name.ts';
import { formatHostname } from '#shared/dns/name-text.ts';
import { CLASS, TYPE } from '#shared/dns/registry.ts';
import type { Cache } from './cache.ts';
import { addressesIn, delegationOf, type Hints, nearestDelegation } from './delegation.ts';
import type { Input, Output } from './effects.ts';
import {
  ALIASES_MAX,
  ANSWER_MS_MAX,
  type Budget,
  DEPTH_MAX,
  isWaitingFor,
  JOBS_MAX,
  type Job,
  PAUSE_MS,
  PAUSES_MAX,
  QUERIES_MAX,
  type Round,
  SOUGHT_MAX,
  startRound,
} from './job.ts';
import { remember } from './remember.ts';
import { cachedResolution, type Resolution, repliedResolution, servfail } from './resolution.ts';
import type { Servers } from './servers.ts';
import { readReply, type UpstreamReply } from './upstream-reply.ts';

export class Resolver {
  readonly #cache: Cache;
  readonly #servers: Servers;
  readonly #hints: Hints;
  readonly #jobs = new Map<number, Job>();
  readonly #byQuestion = new Map<string, Job>();
  readonly #byQuery = new Map<number, Job>();
  #number = 0;
  #now = 0;
  #outputs: Output[] = [];

  constructor(parts: { cache: Cache; servers: Servers; hints: Hints }) {
    this.#cache = parts.cache;
    this.#servers = parts.servers;
    this.#hints = parts.hints;
  }

  /** Questions in work. */
  get working(): number {
    return this.#jobs.size;
  }

  /** Takes one input at the lab time `now` and returns what is to be done, in order. */
  step(input: Input, now: number): Output[] {
    this.#now = now;
    this.#outputs = [];
    switch (input.kind) {
      case 'question':
        this.#onQuestion(input);
        break;
      case 'reply':
        this.#onReply(input.query, input.message, input.elapsedMs);
        break;
      case 'silence':
        this.#onSilence(input.query, input.failure);
        break;
      case 'pause-over': {
        const job = this.#jobs.get(input.job);
        if (job?.state.at === 'pausing') this.#askNext(job, job.state.round);
        break;
      }
      case 'too-late': {
        const job = this.#jobs.get(input.job);
        if (job !== undefined) this.#fail(job, `no answer was found in ${ANSWER_MS_MAX} ms`);
      }
    }
    return this.#outputs;
  }

  #onQuestion({ ticket, question, exchange }: Extract<Input, { kind: 'question' }>): void {
    const waiter = { kind: 'client', ticket } as const;
    const working = this.#byQuestion.get(questionKey(question));
    if (working !== undefined) {
      working.waiters.push(waiter);
      return;
    }
    if (this.#jobs.size >= JOBS_MAX) {
      const because = `${JOBS_MAX} questions are in work already`;
      this.#outputs.push({ kind: 'answer', ticket, resolution: servfail(because) });
      return;
    }
    const job = this.#open(question, { queries: QUERIES_MAX }, exchange, 0);
    job.waiters.push(waiter);
    this.#advance(job);
  }

  #open(question: Question, budget: Budget, cause: string, depth: number): Job {
    const id = this.#number++;
    const job: Job = {
      id,
      question,
      budget,
      cause,
      depth,
      waiters: [],
      name: question.qname,
      aliases: [],
      state: { at: 'new' },
    };
    this.#jobs.set(id, job);
    this.#byQuestion.set(questionKey(question), job);
    this.#outputs.push({ kind: 'deadline', job: id, ms: ANSWER_MS_MAX });
    return job;
  }

  /** Steps 1 and 2: from the cache as far as it leads, then to the servers nearest to the name. */
  #advance(job: Job): void {
    const { qtype } = job.question;
    for (;;) {
      const cached = qtype === TYPE.ANY ? undefined : this.#cache.find(job.name, qtype, 'answer', this.#now);
      const alias = cached ?? this.#cache.find(job.name, TYPE.CNAME, 'answer', this.#now);
      if (cached !== undefined) {
        this.#finish(job, cachedResolution(job.name, job.aliases, cached));
        return;
      }
      const target = alias?.knowledge === 'records' ? cnameTarget(alias.records) : undefined;
      if (target === undefined || qtype === TYPE.CNAME || qtype === TYPE.ANY) break;
      if (!this.#follow(job, alias!.records, target)) return;
    }
    this.#askNext(job, startRound(nearestDelegation(this.#cache, this.#hints, job.name, qtype, this.#now)));
  }

  /** Goes on with the name that an alias leads to; false where the chain is at its end. */
  #follow(job: Job, links: readonly ResourceRecord[], target: Name): boolean {
    job.aliases = [...job.aliases, ...links];
    const isLoop = job.aliases.some(({ owner }) => isSameName(owner, target));
    if (isLoop || job.aliases.length > ALIASES_MAX) {
      this.#fail(job, isLoop ? 'the aliases lead in a circle' : `there are more than ${ALIASES_MAX} aliases`);
      return false;
    }
    job.name = target;
    return true;
  }

  /** Step 3: asks the best server that was not asked yet; looks for one's address; waits; or gives up. */
  #askNext(job: Job, round: Round): void {
    const { delegation, tried } = round;
    const known = delegation.servers.flatMap(({ addresses }) => addresses).filter((address) => !tried.has(address));
    const server = this.#servers.choose(known, this.#now);
    if (server !== undefined) {
      this.#ask(job, round, server, 'udp');
      return;
    }
    if (this.#findServer(job, round)) return;
    if (round.isAnySilent && round.pauses < PAUSES_MAX) {
      const again = { ...round, tried: new Set<string>(), isAnySilent: false, pauses: round.pauses + 1 };
      job.state = { at: 'pausing', round: again };
      this.#outputs.push({ kind: 'pause', job: job.id, ms: PAUSE_MS * 2 ** round.pauses });
      return;
    }
    this.#fail(job, `no server of ${zoneName(delegation.zone)} gives an answer`);
  }

  #ask(job: Job, round: Round, server: string, transport: 'udp' | 'tcp'): void {
    if (job.budget.queries <= 0) {
      this.#fail(job, `${QUERIES_MAX} queries were not enough`);
      return;
    }
    job.budget.queries -= 1;
    const query = this.#number++;
    job.state = { at: 'asking', round, query, server, transport };
    this.#byQuery.set(query, job);
    const { zone, servers } = round.delegation;
    const name = servers.find(({ addresses }) => addresses.includes(server))?.name ?? zone;
    this.#outputs.push({
      ...{ kind: 'ask', query, server, transport, cause: job.cause },
      question: { qname: job.name, qtype: job.question.qtype, qclass: CLASS.IN },
      timeoutMs: this.#servers.timeoutMs(server),
      because: `${formatHostname(name)} serves ${zoneName(zone)}, the nearest zone known above ${formatHostname(job.name)}`,
    });
  }

  /** Starts to look for the address of a server that is known by name only; false where there is none to look for. */
  #findServer(job: Job, round: Round): boolean {
    if (round.sought >= SOUGHT_MAX || job.depth >= DEPTH_MAX || job.budget.queries <= 0) return false;
    const server = round.delegation.servers.find(({ addresses }) => addresses.length === 0);
    if (server === undefined) return false;
    const question = { qname: server.name, qtype: TYPE.A, qclass: CLASS.IN };
    const working = this.#byQuestion.get(questionKey(question));
    // A server that cannot be found before itself is found is left out.
    if (working !== undefined && isWaitingFor(working, job)) {
      this.#askNext(job, { ...without(round, server.name), sought: round.sought + 1 });
      return true;
    }
    const finder = working ?? this.#open(question, job.budget, job.cause, job.depth + 1);
    job.state = { at: 'finding', round: { ...without(round, server.name), sought: round.sought + 1 }, job: finder };
    finder.waiters.push({ kind: 'job', job, server: server.name });
    if (working === undefined) this.#advance(finder);
    return true;
  }

  /** Step 4. */
  #onReply(query: number, message: Message, elapsedMs: number): void {
    const job = this.#byQuery.get(query);
    if (job?.state.at !== 'asking') return;
    this.#byQuery.delete(query);
    const { round, server, transport } = job.state;
    this.#servers.replied(server, elapsedMs);
    if (message.tc && transport === 'udp') {
      this.#outputs.push({ kind: 'understood', query, because: 'the answer is too large for UDP: ask again over TCP' });
      this.#ask(job, round, server, 'tcp');
      return;
    }
    const { qtype } = job.question;
    const reply = readReply(message, { zone: round.delegation.zone, qname: job.name, qtype });
    this.#outputs.push({ kind: 'understood', query, because: reply.because });
    remember(this.#cache, reply, { name: job.name, qtype }, this.#now);
    this.#goOn(job, reply, round, server);
  }

  #goOn(job: Job, reply: UpstreamReply, round: Round, server: string): void {
    switch (reply.kind) {
      case 'answer':
      case 'no-data':
      case 'name-error':
        this.#finish(job, repliedResolution(job.aliases, reply));
        return;
      case 'alias':
        if (this.#follow(job, reply.rrset, reply.target)) this.#advance(job);
        return;
      case 'referral':
        this.#askNext(job, startRound(delegationOf(reply.zone, reply.ns, this.#addressesFor(reply.ns, reply.glue))));
        return;
      case 'lame':
        this.#servers.failed(server, this.#now);
        this.#askNext(job, { ...round, tried: new Set(round.tried).add(server) });
    }
  }

  /** The glue of a referral, and what the cache knows of servers that came without. */
  #addressesFor(ns: readonly ResourceRecord[], glue: readonly ResourceRecord[]): readonly ResourceRecord[] {
    const names = ns.flatMap(({ rdata }) => (rdata.kind === 'NS' ? [rdata.target] : []));
    const bare = names.filter((name) => !glue.some(({ owner }) => isSameName(owner, name)));
    return [...glue, ...bare.flatMap((name) => this.#cache.records(name, TYPE.A, this.#now))];
  }

  #onSilence(query: number, failure: 'silent' | 'mismatched' | 'useless'): void {
    const job = this.#byQuery.get(query);
    if (job?.state.at !== 'asking') return;
    this.#byQuery.delete(query);
    const { round, server, transport } = job.state;
    // Replies that do not match mean that somebody is guessing: over TCP it cannot (RFC 5452, section 9.2).
    if (failure === 'mismatched' && transport === 'udp') {
      this.#ask(job, round, server, 'tcp');
      return;
    }
    this.#servers.failed(server, this.#now);
    const isAnySilent = round.isAnySilent || failure === 'silent';
    this.#askNext(job, { ...round, tried: new Set(round.tried).add(server), isAnySilent });
  }

  #fail(job: Job, because: string): void {
    this.#finish(job, servfail(because));
  }

  #finish(job: Job, resolution: Resolution): void {
    if (job.state.at === 'done') return;
    if (job.state.at === 'asking' && this.#byQuery.delete(job.state.query)) {
      this.#outputs.push({ kind: 'forget', query: job.state.query });
    }
    job.state = { at: 'done' };
    this.#jobs.delete(job.id);
    this.#byQuestion.delete(questionKey(job.question));
    this.#outputs.push({ kind: 'closed', job: job.id });
    for (const waiter of job.waiters) {
      if (waiter.kind === 'client') this.#outputs.push({ kind: 'answer', ticket: waiter.ticket, resolution });
      else this.#onServerFound(waiter.job, job, waiter.server, addressesIn(resolution.answer));
    }
  }

  #onServerFound(job: Job, finder: Job, server: Name, addresses: readonly string[]): void {
    if (job.state.at !== 'finding' || job.state.job !== finder) return;
    const { round } = job.state;
    if (addresses.length === 0) {
      this.#askNext(job, round);
      return;
    }
    const { zone, servers } = round.delegation;
    this.#askNext(job, { ...round, delegation: { zone, servers: [...servers, { name: server, addresses }] } });
  }
}

/** `round` without the server `name`, whose address is being looked for or cannot be found. */
function without(round: Round, name: Name): Round {
  const servers = round.delegation.servers.filter((server) => !isSameName(server.name, name));
  return { ...round, delegation: { ...round.delegation, servers } };
}

function zoneName(zone: Name): string {
  return zone.length === 0 ? 'the root' : formatHostname(zone);
}

function questionKey({ qname, qtype }: Question): string {
  return `${qtype}/${nameKey(qname)}`;
}

function cnameTarget(records: readonly ResourceRecord[]): Name | undefined {
  const rdata = records[0]?.rdata;
  return rdata?.kind === 'CNAME' ? rdata.target : undefined;
}
