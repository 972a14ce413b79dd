/**
 * The search for the answer to one question: RFC 1034, section 5.3.3.
 *
 *     1 look in the cache                 2 find the nearest servers that are known
 *     3 ask one of them                   4 read its reply: an answer, an alias, a referral, or nothing of use
 *
 * Each step that decides something is a function of its own (look-up.ts, approach.ts, next-move.ts, upstream-reply.ts). Here the
 * first three are joined, and what they decide is noted and put out; the fourth follows in reading.ts.
 */
import type { Question } from '#shared/dns/message.ts';
import { isSameName, type Name } from '#shared/dns/name.ts';
import { formatHostname } from '#shared/dns/name-text.ts';
import { CLASS, TYPE } from '#shared/dns/registry.ts';
import { type Approach, ITERATE } from './approach.ts';
import { type Budget, QUERIES_MAX, spend } from './budget.ts';
import type { Start } from './delegation.ts';
import type { Output } from './effects.ts';
import type { AskedServer, Step } from './explanation.ts';
import { type FailedSearch, unreachable } from './failed-search.ts';
import { Flights, waitingMax } from './flights.ts';
import { adoptSteps, isWaitingFor, type Job, note, type Round, startRound } from './job.ts';
import { lookUp } from './look-up.ts';
import type { Memory } from './memory.ts';
import { MINIMISED_QTYPE, nextPart, SparedZones } from './minimise.ts';
import { nextMove } from './next-move.ts';
import { startReason, zoneName } from './reasons.ts';
import type { Resolution } from './resolution.ts';
import type { RootServers } from './root-servers.ts';
import type { Servers } from './servers.ts';

/** What the search knows and uses. */
export interface SearchParts {
  readonly memory: Memory;
  readonly servers: Servers;
  readonly roots: RootServers;
  readonly isMinimising: boolean;
}

/** Who keeps the jobs (resolver.ts): opens them, ends them, and hands on what is to be done. */
export interface Desk {
  readonly now: number;
  readonly approach: Approach;
  put(output: Output): void;
  newQuery(): number;
  /** The job that works on `question` already, or a new one on behalf of `job`. */
  finder(question: Question, budget: Budget, job: Job): { readonly finder: Job; readonly isNew: boolean };
  finish(job: Job, resolution: Resolution): void;
  fail(job: Job, failed: FailedSearch): void;
}

export class Search {
  readonly #parts: SearchParts;
  readonly #desk: Desk;
  readonly spared = new SparedZones();
  readonly flights = new Flights();

  constructor(parts: SearchParts, desk: Desk) {
    this.#parts = parts;
    this.#desk = desk;
  }

  /** Steps 1 and 2: from the cache as far as it leads, then to the servers nearest to the name. */
  advance(job: Job): void {
    const { memory, roots } = this.#parts;
    const { now } = this.#desk;
    const { qtype } = job.question;
    const tell = (step: Step) => note(job, now, step);
    // What is asked for again before its time is over is in the cache: that is no reason not to ask.
    const isRefresh = job.purpose === 'prefetch' || job.purpose === 'priming';
    if (!isRefresh || job.aliases.length > 0) {
      const found = lookUp(memory.cache, job, qtype, { now, mayBeStale: false }, tell);
      if (found.kind === 'found') {
        this.#desk.finish(job, found.resolution);
        return;
      }
      if (found.kind === 'endless') {
        this.#desk.fail(job, { reason: 'aliases', because: found.because });
        return;
      }
      job.name = found.name;
      job.aliases = [...found.aliases];
      const failure = job.state.at === 'new' ? memory.failure(job.question, now, tell) : null;
      if (failure !== null) {
        this.#desk.finish(job, failure);
        return;
      }
    }
    const start = this.approachOf(job).start({ cache: memory.cache, roots }, job.name, qtype, now);
    this.enter(job, start, startReason(start, job.name, this.approachOf(job)));
  }

  /** Takes up what waited for a pause. */
  resume(job: Job): void {
    if (job.state.at === 'pausing') this.askNext(job, job.state.round);
  }

  /** The job is over: nobody needs its query. */
  leave(job: Job): void {
    const { state } = job;
    if (state.at === 'asking' && this.flights.leave(state.flight, job)) {
      this.#desk.put({ kind: 'forget', query: state.flight.query });
    }
    this.flights.done(job);
  }

  /** Forgets which servers could not bear parts of names. */
  forgive(): void {
    this.spared.clear();
    this.#parts.servers.forgive();
  }

  approachOf(job: Job): Approach {
    return job.purpose === 'priming' ? ITERATE : this.#desk.approach;
  }

  enter(job: Job, start: Start, because: string): void {
    note(job, this.#desk.now, { kind: 'zone', delegation: start.delegation, source: start.source, because });
    this.askNext(job, this.withPart(job, startRound(start, job.budget)));
  }

  /** The round with the next part of the name that its servers are to be asked for. */
  withPart(job: Job, round: Round): Round {
    const { zone } = round.delegation;
    const { now } = this.#desk;
    const approach = this.approachOf(job);
    if (!this.#parts.isMinimising || !approach.refersOn || this.spared.has(zone, now)) return { ...round, part: null };
    const asked = { name: job.name, zone };
    const { cache } = this.#parts.memory;
    let part = nextPart(asked, round.part?.length ?? 0, job.parts);
    // A part that the cache knows needs no question (RFC 9156, section 2.3, step 5).
    while (part !== null && cache.find(part, MINIMISED_QTYPE, 'answer', now) !== undefined) {
      part = nextPart(asked, part.length, job.parts);
    }
    if (part !== null) job.parts += 1;
    return { ...round, part };
  }

  /** Step 3: asks the best server that was not asked yet; looks for one's address; waits; or gives up. */
  askNext(job: Job, round: Round): void {
    const { now } = this.#desk;
    const { zone } = round.delegation;
    const move = nextMove(job, round, this.#parts.servers, now);
    switch (move.kind) {
      case 'ask': {
        const { choice, name } = move;
        const server = { name, address: choice.address };
        const because = `${formatHostname(name)} serves ${zoneName(zone)}; ${choice.because}`;
        note(job, now, { kind: 'server', zone, server, candidates: choice.candidates, because });
        this.ask(job, round, server, 'udp', because);
        return;
      }
      case 'find':
        this.#find(job, round, move.server);
        return;
      case 'pause': {
        const because = 'a server was silent: it may answer in a moment';
        note(job, now, { kind: 'pause', ms: move.ms, because });
        const again = { ...round, tried: new Set<string>(), isAnySilent: false, pauses: round.pauses + 1 };
        job.state = { at: 'pausing', round: again };
        this.#desk.put({ kind: 'pause', job: job.id, ms: move.ms });
        return;
      }
      case 'give-up':
        this.#giveUp(job, round);
    }
  }

  /** @param mayHaveEdns false where the server has just shown that it does not bear EDNS. */
  ask(
    job: Job,
    round: Round,
    server: AskedServer,
    transport: 'udp' | 'tcp',
    because: string,
    mayHaveEdns = true,
  ): void {
    const { zone } = round.delegation;
    const isMinimised = round.part !== null;
    const question = isMinimised
      ? { qname: round.part, qtype: MINIMISED_QTYPE, qclass: CLASS.IN }
      : { qname: job.name, qtype: job.question.qtype, qclass: CLASS.IN };
    const shared = this.flights.sharedWith(zone, question, transport);
    if (shared === undefined && !this.flights.mayWait(job, zone)) {
      const full = `${waitingMax(zone)} searches wait for servers of ${zoneName(zone)} already`;
      this.#desk.fail(job, { reason: 'busy', because: full });
      return;
    }
    if (shared === undefined && !spend(job.budget)) {
      this.#desk.fail(job, { reason: 'budget', because: `${QUERIES_MAX} queries were not enough` });
      return;
    }
    const query = shared?.query ?? this.#desk.newQuery();
    const hasEdns = shared?.hasEdns ?? (mayHaveEdns && this.#parts.servers.knowsEdns(server.address, this.#desk.now));
    const flight = shared ?? this.flights.start({ query, zone, server, question, transport, hasEdns });
    this.flights.join(flight, job);
    job.state = { at: 'asking', round, flight };
    const { rd } = this.approachOf(job);
    note(job, this.#desk.now, {
      ...{ kind: 'query', query, name: question.qname, type: question.qtype, server: flight.server, transport, rd },
      ...{ hasEdns, isMinimised, isShared: shared !== undefined },
      because: shared === undefined ? because : 'another search asks the same at this moment: its reply serves both',
    });
    if (shared !== undefined) return;
    job.queries += 1;
    const timeoutMs = this.#parts.servers.timeoutMs(server.address, this.#desk.now);
    const { cause } = job;
    this.#desk.put({
      ...{ kind: 'ask', query, server: server.address, question, transport, rd, hasEdns, timeoutMs, cause, because },
    });
  }

  /** Starts to look for the address of a server that is known by name only. */
  #find(job: Job, round: Round, server: Name): void {
    const because = `the address of ${formatHostname(server)}, which serves ${zoneName(round.delegation.zone)}, is not known`;
    note(job, this.#desk.now, { kind: 'finding', server, because });
    const rest = { ...without(round, server), sought: round.sought + 1 };
    const question = { qname: server, qtype: TYPE.A, qclass: CLASS.IN };
    const { finder, isNew } = this.#desk.finder(question, round.findBudget, job);
    // A server that cannot be found before itself is found is left out.
    if (isWaitingFor(finder, job)) {
      this.askNext(job, rest);
      return;
    }
    job.state = { at: 'finding', round: rest, job: finder };
    finder.waiters.push({ kind: 'job', job, server });
    if (isNew) this.advance(finder);
  }

  /** The look-up of a server's address has ended, with `addresses`. */
  found(job: Job, finder: Job, server: Name, addresses: readonly string[]): void {
    if (job.state.at !== 'finding' || job.state.job !== finder) return;
    adoptSteps(job, finder);
    const { round } = job.state;
    if (addresses.length === 0) {
      this.askNext(job, round);
      return;
    }
    const { zone, servers } = round.delegation;
    this.askNext(job, { ...round, delegation: { zone, servers: [...servers, { name: server, addresses }] } });
  }

  #giveUp(job: Job, round: Round): void {
    const { zone } = round.delegation;
    if (round.isOwnWord && !job.hasClimbed) {
      // The zone has named servers that lead nowhere. Its parent may know better ones: ask it again, once.
      job.hasClimbed = true;
      this.#parts.memory.cache.forget(zone, TYPE.NS);
      this.advance(job);
      return;
    }
    this.#desk.fail(job, unreachable(`no server of ${zoneName(zone)} gives an answer`, round));
  }
}

/** `round` without the server `name`, whose address is being looked for or cannot be found. */
function without(round: Round, name: Name): Round {
  const servers = round.delegation.servers.filter((server) => !isSameName(server.name, name));
  return { ...round, delegation: { ...round.delegation, servers } };
}
