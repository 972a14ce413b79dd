/**
 * Who serves the root. A resolver is born with hints, which may be old; it asks one of them for the NS records of the root
 * and goes by the answer (priming, RFC 9609), and asks again before the answer's time is over. The root is never
 * forgotten: where priming fails, the hints lead on.
 */
import type { ResourceRecord } from '#shared/dns/message.ts';
import { isSameName, ROOT } from '#shared/dns/name.ts';
import { type Delegation, type DelegationSource, delegationOf, type Hints, type ServerOfZone } from './delegation.ts';

/** The part of the TTL after which priming is repeated, so that there is an answer before the old one is over. */
const REFRESHED_AT = 0.9;
/** Longest time that an answer is gone by, in seconds, whatever its TTL. */
const TTL_S_MAX = 86_400;
/** How long after a failure priming is tried again, in milliseconds of lab time: doubled by each failure in a row. */
const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 300_000;

export class RootServers {
  readonly hints: Hints;
  #primed: Delegation | null = null;
  #expiresAt = Number.NEGATIVE_INFINITY;
  #dueAt = Number.NEGATIVE_INFINITY;
  #failures = 0;

  constructor(hints: Hints) {
    this.hints = hints;
  }

  /** The root servers as far as is known now, and whether by priming or by hints. */
  current(now: number): { readonly delegation: Delegation; readonly source: DelegationSource } {
    if (this.#primed !== null && this.#expiresAt > now) return { delegation: this.#primed, source: 'priming' };
    return { delegation: this.hints, source: 'hints' };
  }

  /** Whether it is time to ask for the root servers. Said once, until `primed` or `failed`. */
  isDue(now: number): boolean {
    if (now < this.#dueAt) return false;
    this.#dueAt = Number.POSITIVE_INFINITY;
    return true;
  }

  /** An answer has come: NS records of the root, and addresses, which may be of some servers only (RFC 9609, section 4). */
  primed(ns: readonly ResourceRecord[], addresses: readonly ResourceRecord[], now: number): void {
    const named = delegationOf(ROOT, ns, addresses).servers.map((server) => this.#withHint(server));
    const reachable = named.filter((server) => server.addresses.length > 0);
    if (reachable.length === 0) {
      this.failed(now);
      return;
    }
    const ttlS = Math.min(TTL_S_MAX, ...ns.map(({ ttl }) => ttl), ...addresses.map(({ ttl }) => ttl));
    this.#primed = { zone: ROOT, servers: reachable };
    this.#failures = 0;
    this.#expiresAt = now + ttlS * 1000;
    this.#dueAt = now + Math.max(RETRY_MS_MIN, REFRESHED_AT * ttlS * 1000);
  }

  /** A server whose address did not come along has the one of the hints. */
  #withHint(server: ServerOfZone): ServerOfZone {
    if (server.addresses.length > 0) return server;
    return this.hints.servers.find(({ name }) => isSameName(name, server.name)) ?? server;
  }

  failed(now: number): void {
    this.#dueAt = now + Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(this.#failures, 16));
    this.#failures += 1;
  }

  state(now: number): object {
    const { delegation, source } = this.current(now);
    const leftS = source === 'priming' ? Math.ceil((this.#expiresAt - now) / 1000) : null;
    return { source, servers: delegation.servers.length, leftS, failedPrimings: this.#failures };
  }
}
