/**
 * What a resolver knows of each server's speed, and which server it asks next: RFC 1035, section 7.2. Waiting times follow
 * the smoothed round-trip time as TCP's do (RFC 6298, section 2).
 *
 * The fastest server gets most of the questions. One that was never asked is tried at once; now and then another is, so
 * that one that has become faster is noticed. A server that failed is left alone for a while, each time for longer. One
 * that is no server of a zone (lame) is asked last for that zone, and as before for others.
 */
import { type Name, nameKey } from '#shared/dns/name.ts';

/** How long an unknown server is waited for, and the bounds for known ones, in milliseconds. */
const TIMEOUT_MS_UNKNOWN = 800;
const TIMEOUT_MS_MIN = 150;
const TIMEOUT_MS_MAX = 2_000;
/** Failures in a row that still lengthen the waiting time. */
const BACKOFF_MAX = 3;
/** How long a server that failed is left alone: doubled by each failure in a row; in milliseconds of lab time. */
const LEFT_ALONE_MS_MIN = 5_000;
const LEFT_ALONE_MS_MAX = 120_000;
/** How long a server counts as lame for a zone, in milliseconds: a mistake of its operator that may be mended. */
const LAME_MS = 60_000;
/** Servers within so many milliseconds of the fastest are as good as it. */
const BAND_MS = 10;
/** How often another server than one of the fastest is asked. */
const EXPLORED_PART = 0.05;
/** How long knowledge of a server lasts, in milliseconds of lab time; servers and lame pairs that are remembered. */
const KNOWN_MS = 900_000;
const SERVERS_MAX = 2_000;
const LAME_MAX = 1_000;
/** How long a server that does not know EDNS is asked without, in milliseconds of lab time, and how many are remembered. */
const PLAIN_MS = 900_000;
const PLAIN_MAX = 1_000;

interface Server {
  readonly srttMs: number | null;
  readonly rttvarMs: number;
  /** Failures since the last reply. */
  readonly failures: number;
  readonly leftAloneUntil: number;
  readonly replies: number;
  readonly timeouts: number;
  readonly heardAt: number;
}

const NEVER = Number.NEGATIVE_INFINITY;
const UNKNOWN: Server = {
  ...{ srttMs: null, rttvarMs: 0, failures: 0, leftAloneUntil: NEVER, replies: 0, timeouts: 0, heardAt: NEVER },
};

/** A server that could be asked, and how it stands. */
export interface Candidate {
  readonly address: string;
  readonly srttMs: number | null;
  readonly timeoutMs: number;
  readonly failures: number;
  readonly standing: 'well' | 'unknown' | 'failing' | 'lame';
}

export interface Choice {
  readonly address: string;
  readonly candidates: readonly Candidate[];
  readonly because: string;
}

/** A server as `GET /state` shows it. */
export interface ServerState {
  readonly address: string;
  readonly srttMs: number | null;
  readonly timeoutMs: number;
  readonly replies: number;
  readonly timeouts: number;
  readonly failuresInARow: number;
  readonly leftAloneMs: number;
  readonly knowsEdns: boolean;
}

export class Servers {
  readonly #random: () => number;
  readonly #servers = new Map<string, Server>();
  readonly #lameUntil = new Map<string, number>();
  readonly #plainUntil = new Map<string, number>();

  /** @param random a number from 0 to 1, less than 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** The server of `zone` to ask next, of `addresses`. */
  choose(addresses: readonly string[], zone: Name, now: number): Choice | undefined {
    const candidates = addresses.map((address) => this.#candidate(address, zone, now));
    const [first] = candidates;
    if (first === undefined) return undefined;
    const chosen = candidates.length === 1 ? only(first) : this.#best(candidates, now);
    return { address: chosen.of.address, candidates, because: chosen.because };
  }

  timeoutMs(address: string, now: number): number {
    const { srttMs, rttvarMs, failures } = this.#get(address, now);
    const base = srttMs === null ? TIMEOUT_MS_UNKNOWN : Math.max(TIMEOUT_MS_MIN, srttMs + 4 * rttvarMs);
    return Math.min(TIMEOUT_MS_MAX, base * 2 ** Math.min(failures, BACKOFF_MAX));
  }

  replied(address: string, elapsedMs: number, now: number): void {
    const server = this.#get(address, now);
    const { srttMs, rttvarMs } = server;
    const isFirst = srttMs === null;
    this.#put(address, {
      srttMs: isFirst ? elapsedMs : 0.875 * srttMs + 0.125 * elapsedMs,
      rttvarMs: isFirst ? elapsedMs / 2 : 0.75 * rttvarMs + 0.25 * Math.abs(srttMs - elapsedMs),
      ...{ failures: 0, leftAloneUntil: NEVER, replies: server.replies + 1, timeouts: server.timeouts, heardAt: now },
    });
  }

  failed(address: string, now: number): void {
    const server = this.#get(address, now);
    const leftAloneMs = Math.min(LEFT_ALONE_MS_MAX, LEFT_ALONE_MS_MIN * 2 ** Math.min(server.failures, 10));
    this.#put(address, {
      ...server,
      ...{ failures: server.failures + 1, timeouts: server.timeouts + 1 },
      ...{ leftAloneUntil: now + leftAloneMs, heardAt: now },
    });
  }

  /** The server answers, but not for `zone`. */
  isLame(address: string, zone: Name, now: number): void {
    putBounded(this.#lameUntil, lameKey(address, zone), now + LAME_MS, LAME_MAX);
  }

  /** Whether the server is to be asked with EDNS: it is not known to lack it. */
  knowsEdns(address: string, now: number): boolean {
    return this.#plainUntil.size === 0 || (this.#plainUntil.get(address) ?? NEVER) <= now;
  }

  /** The server answers queries without EDNS, and only these. */
  lacksEdns(address: string, now: number): void {
    putBounded(this.#plainUntil, address, now + PLAIN_MS, PLAIN_MAX);
  }

  /** Forgets who failed; what is known of speeds stays. */
  forgive(): void {
    this.#lameUntil.clear();
    this.#plainUntil.clear();
    for (const [address, server] of this.#servers) {
      this.#servers.set(address, { ...server, failures: 0, leftAloneUntil: NEVER });
    }
  }

  state(now: number): ServerState[] {
    return [...this.#servers].map(([address, { srttMs, replies, timeouts, failures, leftAloneUntil }]) => ({
      address,
      srttMs: srttMs === null ? null : Math.round(srttMs * 10) / 10,
      timeoutMs: Math.round(this.timeoutMs(address, now)),
      replies,
      timeouts,
      failuresInARow: failures,
      leftAloneMs: Math.max(0, leftAloneUntil - now),
      knowsEdns: this.knowsEdns(address, now),
    }));
  }

  #candidate(address: string, zone: Name, now: number): Candidate {
    const { srttMs, failures, leftAloneUntil } = this.#get(address, now);
    const isLame = this.#lameUntil.size > 0 && (this.#lameUntil.get(lameKey(address, zone)) ?? NEVER) > now;
    const isKnown = srttMs !== null || failures > 0;
    const standing = isLame ? 'lame' : leftAloneUntil > now ? 'failing' : isKnown ? 'well' : 'unknown';
    return { address, srttMs, timeoutMs: this.timeoutMs(address, now), failures, standing };
  }

  #best(candidates: readonly Candidate[], now: number): { of: Candidate; because: string } {
    const of = (standing: Candidate['standing']) => candidates.filter((candidate) => candidate.standing === standing);
    const unknown = of('unknown');
    if (unknown.length > 0) return { of: this.#any(unknown), because: 'it was never asked before: how fast is it?' };
    const well = of('well');
    if (well.length > 0) return this.#fastest(well);
    const failing = of('failing');
    if (failing.length > 0) {
      const until = (one: Candidate) => this.#get(one.address, now).leftAloneUntil;
      const soonest = failing.reduce((best, one) => (until(one) < until(best) ? one : best));
      return { of: soonest, because: 'every server failed lately, and this one is to be tried again first' };
    }
    return { of: candidates[0]!, because: 'no other server is left' };
  }

  #fastest(well: readonly Candidate[]): { of: Candidate; because: string } {
    if (well.length > 1 && this.#random() < EXPLORED_PART) {
      return { of: this.#any(well), because: 'now and then another server is asked: it may have become faster' };
    }
    // A server that failed and is to be tried again counts as slow as the time that it would be waited for.
    const cost = ({ srttMs, failures, timeoutMs }: Candidate) => (failures > 0 ? timeoutMs : (srttMs ?? timeoutMs));
    const best = Math.min(...well.map(cost));
    const close = well.filter((candidate) => cost(candidate) <= best + BAND_MS);
    const because = close.length > 1 ? `it is one of the ${close.length} fastest` : 'it is the fastest';
    return { of: this.#any(close), because: `${because}: ${Math.round(best * 10) / 10} ms` };
  }

  #any(candidates: readonly Candidate[]): Candidate {
    return candidates[Math.floor(this.#random() * candidates.length)]!;
  }

  #get(address: string, now: number): Server {
    const server = this.#servers.get(address);
    return server !== undefined && now - server.heardAt < KNOWN_MS ? server : UNKNOWN;
  }

  #put(address: string, server: Server): void {
    putBounded(this.#servers, address, server, SERVERS_MAX);
  }
}

function only(of: Candidate): { of: Candidate; because: string } {
  return { of, because: 'no other server is left' };
}

function lameKey(address: string, zone: Name): string {
  return `${address} ${nameKey(zone)}`;
}

/** Puts `value` at the end of `map`; what was put in longest ago makes room. */
function putBounded<Value>(map: Map<string, Value>, key: string, value: Value, sizeMax: number): void {
  map.delete(key);
  for (const oldest of map.keys()) {
    if (map.size < sizeMax) break;
    map.delete(oldest);
  }
  map.set(key, value);
}
