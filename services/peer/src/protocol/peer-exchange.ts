/**
 * Peer exchange (BEP 11): what to tell each neighbour about the others, at most once a minute and only what has changed since.
 * An address is never told as added and as dropped in one message, and only those are told that we are connected with.
 */
import { PEX_PEERS_MAX, type PexMessage, type PexPeer } from '#shared/bittorrent/ut-pex.ts';
import { type Endpoint, formatEndpoint } from '#shared/report.ts';
import { type Neighbour, type NeighbourId, wantsNothing } from './neighbour.ts';

/** "PEX messages should not be sent more than once a minute", in milliseconds. */
const PAUSE_MS = 60_000;
/** Messages of one neighbour within such a minute that are borne with: its clock may run otherwise, a fourth is a flood. */
const HEARD_MAX = 3;

interface Exchange {
  /** Whom the neighbour knows from us, by endpoint. */
  readonly told: Map<string, Endpoint>;
  toldAt: number;
  /** When its last messages came. */
  readonly heardAt: number[];
}

export class PeerExchange {
  readonly #exchanges = new Map<NeighbourId, Exchange>();

  /** What `neighbour` is to be told now, or null. */
  due(neighbour: Neighbour, all: Iterable<Neighbour>, now: number): PexMessage | null {
    const exchange = this.#of(neighbour.id);
    if (now - exchange.toldAt < PAUSE_MS) return null;
    const present = new Map<string, PexPeer>();
    for (const other of all) {
      const peer = other === neighbour ? null : announced(other);
      if (peer !== null && peer.address !== neighbour.endpoint.address) present.set(formatEndpoint(peer), peer);
    }
    const added = [...present].filter(([key]) => !exchange.told.has(key)).slice(0, PEX_PEERS_MAX);
    const dropped = [...exchange.told].filter(([key]) => !present.has(key)).slice(0, PEX_PEERS_MAX);
    if (added.length === 0 && dropped.length === 0) return null;
    exchange.toldAt = now;
    for (const [key, peer] of added) exchange.told.set(key, peer);
    for (const [key] of dropped) exchange.told.delete(key);
    return { added: added.map(([, peer]) => peer), dropped: dropped.map(([, endpoint]) => endpoint) };
  }

  /** A message of `neighbour` has come; false when it sends too many. */
  mayTell(neighbour: Neighbour, now: number): boolean {
    const { heardAt } = this.#of(neighbour.id);
    heardAt.push(now);
    if (heardAt.length <= HEARD_MAX) return true;
    return now - (heardAt.shift() ?? now) >= PAUSE_MS;
  }

  left(id: NeighbourId): void {
    this.#exchanges.delete(id);
  }

  #of(id: NeighbourId): Exchange {
    const known = this.#exchanges.get(id);
    if (known !== undefined) return known;
    const exchange = { told: new Map(), toldAt: Number.NEGATIVE_INFINITY, heardAt: [] };
    this.#exchanges.set(id, exchange);
    return exchange;
  }
}

/** Where others reach `neighbour`; null when it has dialled us and has not said where it listens. */
function announced(neighbour: Neighbour): PexPeer | null {
  const { isDialled, endpoint, extensions } = neighbour;
  const port = isDialled ? endpoint.port : (extensions?.listenPort ?? null);
  if (port === null) return null;
  return { address: endpoint.address, port, isSeed: wantsNothing(neighbour), isReachable: isDialled };
}
