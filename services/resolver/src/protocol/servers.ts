/**
 * What a resolver knows of each server's speed, and which server it asks next: RFC 1035, section 7.2. Waiting times follow
 * the smoothed round-trip time as TCP's do (RFC 6298, section 2).
 */

/** How long an unknown server is waited for, and the bounds for known ones, in milliseconds. */
const TIMEOUT_MS_UNKNOWN = 800;
const TIMEOUT_MS_MIN = 150;
const TIMEOUT_MS_MAX = 2_000;
/** Failures in a row that still lengthen the waiting time. */
const BACKOFF_MAX = 3;
/** How long a server that failed is asked after the others, in milliseconds of lab time. */
const PENALTY_MS = 30_000;
/** Servers that are remembered; the one seen longest ago makes room. */
const SERVERS_MAX = 2_000;

interface Server {
  readonly srttMs: number | null;
  readonly rttvarMs: number;
  /** Failures since the last reply. */
  readonly failures: number;
  readonly failedAt: number;
  readonly replies: number;
}

const UNKNOWN: Server = { srttMs: null, rttvarMs: 0, failures: 0, failedAt: Number.NEGATIVE_INFINITY, replies: 0 };

/** A server as `GET /state` shows it. */
export interface ServerState {
  readonly address: string;
  readonly srttMs: number | null;
  readonly replies: number;
  readonly failuresInARow: number;
}

export class Servers {
  readonly #servers = new Map<string, Server>();

  /** The best of `addresses`: servers that answer before those that failed lately, unknown ones first, then the fastest. */
  choose(addresses: readonly string[], now: number): string | undefined {
    const isBad = (address: string) =>
      now - this.#get(address).failedAt < PENALTY_MS && this.#get(address).failures > 0;
    const cost = (address: string) => (isBad(address) ? 1e6 : 0) + (this.#get(address).srttMs ?? 0);
    let best: string | undefined;
    for (const address of addresses) if (best === undefined || cost(address) < cost(best)) best = address;
    return best;
  }

  timeoutMs(address: string): number {
    const { srttMs, rttvarMs, failures } = this.#get(address);
    const base = srttMs === null ? TIMEOUT_MS_UNKNOWN : Math.max(TIMEOUT_MS_MIN, srttMs + 4 * rttvarMs);
    return Math.min(TIMEOUT_MS_MAX, base * 2 ** Math.min(failures, BACKOFF_MAX));
  }

  replied(address: string, elapsedMs: number): void {
    const { srttMs, rttvarMs, replies } = this.#get(address);
    const isFirst = srttMs === null;
    this.#put(address, {
      srttMs: isFirst ? elapsedMs : 0.875 * srttMs + 0.125 * elapsedMs,
      rttvarMs: isFirst ? elapsedMs / 2 : 0.75 * rttvarMs + 0.25 * Math.abs(srttMs - elapsedMs),
      ...{ failures: 0, failedAt: Number.NEGATIVE_INFINITY, replies: replies + 1 },
    });
  }

  failed(address: string, now: number): void {
    const server = this.#get(address);
    this.#put(address, { ...server, failures: server.failures + 1, failedAt: now });
  }

  state(): ServerState[] {
    return [...this.#servers].map(([address, { srttMs, replies, failures }]) => ({
      address,
      srttMs: srttMs === null ? null : Math.round(srttMs * 10) / 10,
      replies,
      failuresInARow: failures,
    }));
  }

  #get(address: string): Server {
    return this.#servers.get(address) ?? UNKNOWN;
  }

  #put(address: string, server: Server): void {
    this.#servers.delete(address);
    for (const oldest of this.#servers.keys()) {
      if (this.#servers.size < SERVERS_MAX) break;
      this.#servers.delete(oldest);
    }
    this.#servers.set(address, server);
  }
}
