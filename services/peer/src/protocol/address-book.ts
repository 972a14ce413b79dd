/**
 * Whom to dial: the addresses that the tracker told, minus those that must not be dialled. A tracker may lie: it must not
 * be able to make us dial ourselves, a machine outside of the lab, or a victim on a hundred ports.
 */
import { type Endpoint, formatEndpoint } from '#shared/report.ts';

/** Addresses that are kept. */
const ENTRIES_MAX = 1_000;
/** Ports of one address, so that a host cannot be dialled on all of its ports. */
const PORTS_PER_ADDRESS_MAX = 4;
/** Pause after a failed dial, in milliseconds; it doubles with each further one. */
const BACKOFF_MS = 2_000;
const BACKOFF_MS_MAX = 600_000;
/** Failures in a row after which an address is forgotten, until a tracker tells it again. */
const FAILURES_MAX = 6;

interface Entry {
  readonly endpoint: Endpoint;
  /** Who answered there, as `formatHash` writes it. */
  peer: string | null;
  isBusy: boolean;
  /** A peer that had everything when it left: of no use once we have everything too. */
  isSeed: boolean;
  failures: number;
  notBefore: number;
}

export interface AddressBookOptions {
  readonly own: Endpoint;
  /** Whether an address belongs to the network that may be dialled. */
  readonly isAllowed: (address: string) => boolean;
}

export class AddressBook {
  readonly #options: AddressBookOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #banned = new Map<string, string>();

  constructor(options: AddressBookOptions) {
    this.#options = options;
  }

  /** Takes in what a tracker told. Returns how many are new, and the refused ones with the reason. */
  learn(
    endpoints: readonly Endpoint[],
    now: number,
  ): { added: number; refused: { endpoint: Endpoint; because: string }[] } {
    const refused: { endpoint: Endpoint; because: string }[] = [];
    let added = 0;
    for (const endpoint of endpoints) {
      if (this.#entries.has(formatEndpoint(endpoint))) continue;
      const because = this.#whyNot(endpoint);
      if (because !== null) refused.push({ endpoint, because });
      else added += this.#add(endpoint, now);
    }
    return { added, refused };
  }

  /** The next address to dial, or null. `isNeighbour` tells whether who is there, `peer` if known, is connected already. */
  next(
    now: number,
    isNeighbour: (endpoint: Endpoint, peer: string | null) => boolean,
    wantsSeeds: boolean,
  ): Endpoint | null {
    for (const entry of this.#entries.values()) {
      if (entry.isBusy || entry.notBefore > now || (entry.isSeed && !wantsSeeds)) continue;
      if (isNeighbour(entry.endpoint, entry.peer)) continue;
      entry.isBusy = true;
      return entry.endpoint;
    }
    return null;
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

  #add(endpoint: Endpoint, now: number): number {
    const entry = { endpoint, peer: null, isBusy: false, isSeed: false, failures: 0, notBefore: now };
    this.#entries.set(formatEndpoint(endpoint), entry);
    return 1;
  }

  #whyNot(endpoint: Endpoint): string | null {
    const { address, port } = endpoint;
    const { own, isAllowed } = this.#options;
    if (!Number.isInteger(port) || port < 1 || port > 65_535) return 'there is no such port';
    if (address === own.address && port === own.port) return 'it is this peer itself';
    if (!isHostAddress(address)) return 'it is no address of a host';
    if (!isAllowed(address)) return 'it is outside of the lab';
    const banned = this.#banned.get(address) ?? this.#banned.get(formatEndpoint(endpoint));
    if (banned !== undefined) return banned;
    if (this.#entries.size >= ENTRIES_MAX) return `${ENTRIES_MAX} addresses are known already`;
    const ports = [...this.#entries.values()].filter((entry) => entry.endpoint.address === address).length;
    return ports < PORTS_PER_ADDRESS_MAX ? null : `${PORTS_PER_ADDRESS_MAX} ports of it are known already`;
  }
}

/** Whether `address` can be that of one host: four octets, neither 0.x, multicast, reserved nor a broadcast. */
function isHostAddress(address: string): boolean {
  if (!/^(\d{1,3}\.){3}\d{1,3}$/.test(address)) return false;
  const octets = address.split('.').map(Number);
  const [first = 0, , third, fourth] = octets;
  const isBroadcast = third === 255 && fourth === 255;
  return octets.every((octet) => octet <= 255) && first > 0 && first < 224 && !isBroadcast;
}
