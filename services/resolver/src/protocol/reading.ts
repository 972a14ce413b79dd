/**
 * Step 4 of RFC 1034, section 5.3.3: what a reply, or that none came, means for the searches that wait for it. What a reply
 * says is read in upstream-reply.ts; here is what follows from it.
 */
import type { Message, ResourceRecord } from '#shared/dns/message.ts';
import { isSameName } from '#shared/dns/name.ts';
import { formatHostname } from '#shared/dns/name-text.ts';
import { TYPE } from '#shared/dns/registry.ts';
import { delegationOf, knownAddresses } from './delegation.ts';
import { ednsFault, isHelped } from './edns-fallback.ts';
import type { AskedServer, Silence } from './explanation.ts';
import type { Flight } from './flights.ts';
import { type Job, note, type Round } from './job.ts';
import { follow } from './look-up.ts';
import { replyStep, silenceReason } from './reasons.ts';
import { remember } from './remember.ts';
import { type FinalReply, repliedResolution } from './resolution.ts';
import type { Desk, Search, SearchParts } from './search.ts';
import type { UpstreamReply } from './upstream-reply.ts';

/** Why and how the same question is asked of the same server again. */
interface Again {
  readonly meaning: 'truncated' | 'without-edns';
  readonly transport: 'udp' | 'tcp';
  readonly because: string;
  readonly elapsedMs: number;
}

export class Reading {
  readonly #parts: SearchParts;
  readonly #desk: Desk;
  readonly #search: Search;

  constructor(parts: SearchParts, desk: Desk, search: Search) {
    this.#parts = parts;
    this.#desk = desk;
    this.#search = search;
  }

  onReply(query: number, message: Message, elapsedMs: number): void {
    const flight = this.#search.flights.land(query);
    if (flight === undefined) return;
    const { server, transport, zone, question } = flight;
    const { now } = this.#desk;
    this.#parts.servers.replied(server.address, elapsedMs, now);
    const waiting = [...flight.jobs];
    const fault = flight.hasEdns ? ednsFault(message) : null;
    if (fault !== null) {
      const because = `${formatHostname(server.name)} answers ${fault}: ask again without EDNS`;
      this.#desk.put({ kind: 'understood', query, because });
      for (const job of waiting) this.#again(job, flight, { meaning: 'without-edns', transport, because, elapsedMs });
      return;
    }
    if (!flight.hasEdns && isHelped(message) && this.#parts.servers.knowsEdns(server.address, now)) {
      this.#parts.servers.lacksEdns(server.address, now);
    }
    if (message.tc && transport === 'udp') {
      const because = 'the answer is too large for UDP: ask again over TCP';
      this.#desk.put({ kind: 'understood', query, because });
      for (const job of waiting)
        this.#again(job, flight, { meaning: 'truncated', transport: 'tcp', because, elapsedMs });
      return;
    }
    const approach = waiting[0] === undefined ? this.#desk.approach : this.#search.approachOf(waiting[0]);
    const reply = approach.read(message, { zone, qname: question.qname, qtype: question.qtype });
    this.#desk.put({ kind: 'understood', query, because: reply.because });
    if (this.#isBelieved(reply, flight)) {
      remember(this.#parts.memory.cache, reply, { name: question.qname, qtype: question.qtype }, now);
    }
    for (const job of waiting) {
      if (job.state.at !== 'asking' || job.state.flight !== flight) continue;
      note(job, now, replyStep(flight, reply, elapsedMs));
      if (job.state.round.part === null) this.#goOn(job, job.state.round, server, reply);
      else this.#goOnWithPart(job, job.state.round, server, reply);
    }
  }

  /** "No such name" for a part of a name needs confirming: some servers say so where there are names below (RFC 9156, section 5). */
  #isBelieved(reply: UpstreamReply, { zone, jobs }: Flight): boolean {
    if (reply.kind !== 'name-error' || zone.length === 0) return true;
    return [...jobs].some(({ state }) => state.at === 'asking' && state.round.part === null);
  }

  #goOnWithPart(job: Job, round: Round, server: AskedServer, reply: UpstreamReply): void {
    switch (reply.kind) {
      case 'referral':
        this.#onReferral(job, reply);
        return;
      case 'name-error': {
        // The root is believed: it never needs to see more than the top-level domain.
        if (round.delegation.zone.length === 0) {
          this.#finish(job, reply);
          return;
        }
        const because = `${formatHostname(round.part!)} does not exist: the whole name must not exist either`;
        this.#search.ask(job, { ...round, part: null, doubted: round.part }, server, 'udp', because);
        return;
      }
      case 'lame':
        this.#search.ask(job, { ...round, part: null, isSparing: true }, server, 'udp', 'it may know the whole name');
        return;
      default:
        this.#search.askNext(job, this.#search.withPart(job, { ...round, tried: new Set() }));
    }
  }

  #goOn(job: Job, round: Round, server: AskedServer, reply: UpstreamReply): void {
    this.#judgePart(round, reply);
    switch (reply.kind) {
      case 'answer':
      case 'no-data':
      case 'name-error':
      case 'name-too-long':
        this.#finish(job, reply);
        return;
      case 'alias': {
        const next = follow(job, reply.rrset, reply.target);
        if (!('name' in next)) {
          this.#desk.fail(job, { reason: 'aliases', because: next.because });
          return;
        }
        note(job, this.#desk.now, { kind: 'alias', name: job.name, target: next.name, because: reply.because });
        job.name = next.name;
        job.aliases = [...next.aliases];
        this.#search.advance(job);
        return;
      }
      case 'referral':
        this.#onReferral(job, reply);
        return;
      case 'lame':
        this.#parts.servers.isLame(server.address, round.delegation.zone, this.#desk.now);
        this.#search.askNext(job, tried(round, server, 'lame'));
    }
  }

  /** The whole name shows whether what was said about a part was true; where not, the zone's servers are spared parts. */
  #judgePart({ doubted, isSparing, delegation: { zone } }: Round, reply: UpstreamReply): void {
    const { now } = this.#desk;
    if (reply.kind === 'lame' || (doubted === null && !isSparing)) return;
    if (doubted !== null && reply.kind === 'name-error') {
      const isAbove = (reply.soa?.owner.length ?? 0) <= doubted.length;
      if (isAbove) this.#parts.memory.cache.storeNegative('name-error', doubted, TYPE.A, reply.soa, now);
    } else this.#search.spared.add(zone, now);
  }

  #onReferral(job: Job, { zone, ns, glue, because }: Extract<UpstreamReply, { kind: 'referral' }>): void {
    const names = ns.filter(
      ({ rdata }) => rdata.kind === 'NS' && !glue.some(({ owner }) => isSameName(owner, rdata.target)),
    );
    const addresses: ResourceRecord[] = [...glue, ...knownAddresses(this.#parts.memory.cache, names, this.#desk.now)];
    this.#search.enter(
      job,
      { delegation: delegationOf(zone, ns, addresses), source: 'referral', isOwnWord: false },
      because,
    );
  }

  onSilence(query: number, failure: Silence): void {
    const flight = this.#search.flights.land(query);
    if (flight === undefined) return;
    const { server, transport } = flight;
    const because = silenceReason(server, failure);
    // Replies that do not match mean that somebody is guessing: over TCP it cannot (RFC 5452, section 9.2).
    const isGuessing = failure === 'mismatched' && transport === 'udp';
    if (!isGuessing) this.#parts.servers.failed(server.address, this.#desk.now);
    for (const job of [...flight.jobs]) {
      if (job.state.at !== 'asking' || job.state.flight !== flight) continue;
      note(job, this.#desk.now, { kind: 'silence', query, server, failure, because });
      if (isGuessing) this.#search.ask(job, job.state.round, server, 'tcp', because);
      else this.#search.askNext(job, tried(job.state.round, server, failure));
    }
  }

  /** The same server is asked the same question in another way. */
  #again(job: Job, flight: Flight, { meaning, transport, because, elapsedMs }: Again): void {
    if (job.state.at !== 'asking' || job.state.flight !== flight) return;
    const { query, server } = flight;
    const nothing = { zone: null, records: [], glue: [] };
    note(job, this.#desk.now, { kind: 'reply', query, server, meaning, elapsedMs, ...nothing, because });
    this.#search.ask(job, job.state.round, server, transport, because, flight.hasEdns && meaning !== 'without-edns');
  }

  #finish(job: Job, reply: FinalReply): void {
    const resolution = repliedResolution(job.aliases, reply);
    this.#desk.finish(job, { ...resolution, answer: this.#parts.memory.cache.capped(resolution.answer) });
  }
}

/** `round` after `server` was of no use. */
function tried(round: Round, { address }: AskedServer, failure: Silence | 'lame'): Round {
  return {
    ...round,
    tried: new Set(round.tried).add(address),
    failures: new Set(round.failures).add(failure),
    isAnySilent: round.isAnySilent || failure === 'silent' || failure === 'unreachable',
  };
}
