/**
 * Whom to dial: the addresses that trackers, other peers (BEP 11) and a magnet link told, minus those that must not be dialled.
 * Whoever tells may lie: nobody must be able to make us dial ourselves, a machine outside of the lab, or a victim on a hundred
 * ports. Those that never failed come first, and of them the one with the highest priority (BEP 40).
 */
import { peerPriority } from '#shared/bittorrent/peer-priority.ts';
import { parseIpv4 } from '#shared/dns/address-text.ts';
import { type Endpoint, formatEndpoint } from '#shared/report.ts';

/** Addresses that are kept. */
const ENTRIES_MAX = 1_000;
/** Those of them that other peers told, at most: trackers must find room, whatever a neighbour makes up. */
const EXCHANGED_MAX = 500;
/** Ports of one address, so that a host cannot be dialled on all of its ports. */
const PORTS_PER_ADDRESS_MAX = 4;
/** Pause after a failed dial, in milliseconds; it doubles with each further one. */
const BACKOFF_MS = 2_000;
const BACKOFF_MS_MAX = 600_000;
/** Failures in a row after which an address is forgotten, until a tracker tells it again. */
const FAILURES_MAX = 6;

interface Entry {
  readonly endpoint: Endpoint;
  readonly priority: number;
  source: AddressSource;
  /** Who answered there, as `formatHash` writes it. */
  peer: string | null;
  isBusy: boolean;
  /** A peer that had everything when it left: of no use once we have everything too. */
  isSeed: boolean;
  failures: number;
  notBefore: number;
}

/** Who has told an address. */
export type AddressSource = 'a tracker' | 'a magnet link' | 'another peer';

/** An address, and whether a peer is said to have everything. */
export interface ToldAddress extends Endpoint {
  readonly isSeed?: boolean;
}

type IsNeighbour = (endpoint: Endpoint, peer: string | null) => boolean;

export interface AddressBookOptions {
  readonly own: Endpoint;
  /** Whether an address belongs to the network that may be dialled. */
  readonly isAllowed: (address: string) => boolean;
}

export class AddressBook {
  readonly #options: AddressBookOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #banned = new Map<string, string>();
  #isPrivate = false;

  constructor(options: AddressBookOptions) {
    this.#options = options;
  }

  /**
   * From now on only trackers may tell addresses: the torrent is private (BEP 27). What others told is forgotten.
   */
  trustTrackersOnly(): void {
    this.#isPrivate = true;
    for (const [key, { source }] of this.#entries) if (source !== 'a tracker') this.#entries.delete(key);
  }

  /** Forgets all addresses, but not whom it refuses. */
  forgetAll(): void {
    this.#entries.clear();
  }

  /** Takes in what was told. Returns how many are new, and the refused ones with the reason. */
  learn(
    told: readonly ToldAddress[],
    source: AddressSource,
    now: number,
  ): { added: number; refused: { endpoint: Endpoint; because: string }[] } {
    const refused: { endpoint: Endpoint; because: string }[] = [];
    let added = 0;
    for (const { address, port, isSeed = false } of told) {
      const endpoint = { address, port };
      const known = this.#entries.get(formatEndpoint(endpoint));
      // What a tracker tells too is no longer only hearsay.
      if (known !== undefined && source === 'a tracker') known.source = source;
      if (known !== undefined) continue;
      const because = this.#whyNot(endpoint, source);
      if (because !== null) refused.push({ endpoint, because });
      else added += this.#add(endpoint, source, isSeed, now);
    }
    return { added, refused };
  }

  /** The next address to dial, or null. `isNeighbour` tells whether who is there, `peer` if known, is connected already. */
  next(now: number, isNeighbour: IsNeighbour, wantsSeeds: boolean): Endpoint | null {
    const best = this.#best(now, isNeighbour, wantsSeeds);
    if (best === null) return null;
    best.isBusy = true;
    return best.endpoint;
  }

  /** Whether `next` has an address. */
  has(now: number, isNeighbour: IsNeighbour, wantsSeeds: boolean): boolean {
    return this.#best(now, isNeighbour, wantsSeeds) !== null;
  }

  #best(now: number, isNeighbour: IsNeighbour, wantsSeeds: boolean): Entry | null {
    let best: Entry | null = null;
    for (const entry of this.#entries.values()) {
      if (entry.isBusy || entry.notBefore > now || (entry.isSeed && !wantsSeeds)) continue;
      if (best !== null && !comesBefore(entry, best)) continue;
      if (!isNeighbour(entry.endpoint, entry.peer)) best = entry;
    }
    return best;
  }

  /** A handshake with `peer` went well there. */
  reached(endpoint: Endpoint, peer: string): void {
    const entry = this.#entries.get(formatEndpoint(endpoint));
    if (entry === undefined) return;
    entry.peer = peer;
    entry.failures = 0;
  }

  /** The connection that was dialled is over; `isSeed` when the peer had everything. */
  closed(endpoint: Endpoint, isSeed: boolean, now: number): void {
    const entry = this.#entries.get(formatEndpoint(endpoint));
    if (entry === undefined) return;
    entry.isBusy = false;
    entry.isSeed = isSeed;
    entry.notBefore = now + BACKOFF_MS;
  }

  /** Nobody answered there, or nobody whom we could talk to. */
  failed(endpoint: Endpoint, now: number): void {
    const key = formatEndpoint(endpoint);
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.isBusy = false;
    entry.failures += 1;
    entry.notBefore = now + Math.min(BACKOFF_MS_MAX, BACKOFF_MS * 2 ** entry.failures);
    if (entry.failures >= FAILURES_MAX) this.#entries.delete(key);
  }

  /** It is ourselves who answered there. */
  isSelf(endpoint: Endpoint): void {
    this.#entries.delete(formatEndpoint(endpoint));
    this.#banned.set(formatEndpoint(endpoint), 'it is this peer itself');
  }

  /** Refuses an address from now on. */
  ban(address: string, because: string): void {
    this.#banned.set(address, because);
    for (const [key, { endpoint }] of this.#entries) if (endpoint.address === address) this.#entries.delete(key);
  }

  /** Why connections with `address` are refused, or null. */
  banOf(address: string): string | null {
    return this.#banned.get(address) ?? null;
  }

  /** The banned addresses with the reasons. */
  get banned(): { address: string; because: string }[] {
    return [...this.#banned].map(([address, because]) => ({ address, because }));
  }

  get size(): number {
    return this.#entries.size;
  }

  #add(endpoint: Endpoint, source: AddressSource, isSeed: boolean, now: number): number {
    this.#entries.set(formatEndpoint(endpoint), {
      endpoint,
      priority: peerPriority(this.#options.own, endpoint),
      source,
      peer: null,
      isBusy: false,
      isSeed,
      failures: 0,
      notBefore: now,
    });
    return 1;
  }

  get #exchanged(): number {
    return [...this.#entries.values()].filter(({ source }) => source === 'another peer').length;
  }

  #whyNot(endpoint: Endpoint, source: AddressSource): string | null {
    const { address, port } = endpoint;
    const { own, isAllowed } = this.#options;
    if (!Number.isInteger(port) || port < 1 || port > 65_535) return 'there is no such port';
    if (address === own.address && port === own.port) return 'it is this peer itself';
    if (!isHostAddress(address)) return 'it is no address of a host';
    if (!isAllowed(address)) return 'it is outside of the lab';
    if (this.#isPrivate && source !== 'a tracker') return 'the torrent is private: only its trackers tell of peers';
    const banned = this.#banned.get(address) ?? this.#banned.get(formatEndpoint(endpoint));
    if (banned !== undefined) return banned;
    if (this.#entries.size >= ENTRIES_MAX) return `${ENTRIES_MAX} addresses are known already`;
    if (source === 'another peer' && this.#exchanged >= EXCHANGED_MAX)
      return `${EXCHANGED_MAX} addresses are known from other peers already`;
    const ports = [...this.#entries.values()].filter((entry) => entry.endpoint.address === address).length;
    return ports < PORTS_PER_ADDRESS_MAX ? null : `${PORTS_PER_ADDRESS_MAX} ports of it are known already`;
  }
}

/** Whether `one` is dialled before `other`: it failed less often, or as often and has the higher priority (BEP 40). */
function comesBefore(one: Entry, other: Entry): boolean {
  return one.failures === other.failures ? one.priority > other.priority : one.failures < other.failures;
}

/**
 * Whether `address` can be that of one host: four octets, neither 0.x, multicast, reserved nor a broadcast. It has one text only:
 * 127.53.010.1 would be another entry, another ban, and to some programs another host.
 */
function isHostAddress(address: string): boolean {
  const octets = parseIpv4(address);
  if (octets === undefined) return false;
  const [first = 0, , third, fourth] = octets;
  const isBroadcast = third === 255 && fourth === 255;
  return first > 0 && first < 224 && !isBroadcast;
}
