/**
 * What the page of a swarm is made of. Fifty peers that share a file of 500 pieces tell more than 60,000 things within a minute, and
 * a round of it is to be seen again from its beginning: far more than the window of all reports holds. So the reports that tell
 * what happened in a swarm are kept in a window of their own, each cut down to what the page shows, and each message once: by who
 * sent it, where that is a host of the lab, and not also by who got it.
 */
import type { Report } from '#shared/report.ts';

/** Kinds that tell what happened: not the hand-overs of extensions, nor blocks one by one. */
const KINDS: ReadonlyMap<string, string> = new Map(
  [
    'bittorrent.joined',
    'bittorrent.left',
    'bittorrent.policy',
    'bittorrent.handshake',
    'bittorrent.close',
    'bittorrent.bitfield',
    'bittorrent.have-all',
    'bittorrent.have-none',
    'bittorrent.have',
    'bittorrent.interested',
    'bittorrent.not-interested',
    'bittorrent.choke',
    'bittorrent.unchoke',
    'bittorrent.pick',
    'bittorrent.verified',
    'bittorrent.wrong',
    'bittorrent.ban',
    'bittorrent.refused-address',
    'tracker.announce',
    'tracker.response',
    'tracker.expired',
  ].map((kind) => [kind, kind]),
);

/** Fields of messages that the page shows. */
const FIELDS = [
  'infoHash',
  'address',
  'bits',
  'policy',
  'limits',
  'pickPolicy',
  'uploadBytesPerS',
  'index',
  'mode',
  'givers',
  'event',
  'left',
  'peers',
] as const;

/** Times are kept to a tenth of a millisecond. */
const TIMES_PER_MS = 10;
/** Hosts that are not on the map, whose addresses are remembered. */
const HOSTS_MAX = 1_000;

/** A report that is cut down. Of ends only the addresses are left: a connection has its name in `exchange`. */
export interface ToldOfSwarm extends Pick<Report, 'at' | 'host' | 'kind' | 'exchange' | 'because'> {
  readonly program?: string;
  readonly from?: { readonly address: string };
  readonly to?: { readonly address: string };
  readonly message?: object;
}

export class SwarmTelling {
  /** Addresses of hosts of the lab, by name. */
  readonly #addresses: Map<string, string>;
  readonly #lab: Set<string>;
  /** One string for each host, however many reports name it. */
  readonly #names: Map<string, string>;
  readonly #hostsMax: number;

  constructor(hosts: Iterable<{ readonly name: string; readonly address: string }>) {
    this.#addresses = new Map([...hosts].map(({ name, address }) => [name, address]));
    this.#lab = new Set(this.#addresses.values());
    this.#names = new Map([...this.#addresses.keys()].map((name) => [name, name]));
    this.#hostsMax = this.#addresses.size + HOSTS_MAX;
  }

  /** What is kept of a report; null where it tells nothing, or another host tells it too. */
  cut(report: Report): ToldOfSwarm | null {
    const kind = KINDS.get(report.kind);
    if (kind === undefined) return null;
    const { at, program, from, to, because } = report;
    const message = (report.message ?? {}) as Readonly<Record<string, unknown>>;
    if (kind === 'bittorrent.joined') this.#know(report.host, message.address);
    const isOfTracker = kind.startsWith('tracker.');
    const own = this.#addresses.get(report.host);
    const isToldTwice = isOfTracker
      ? program !== 'tracker'
      : from !== undefined && from.address !== own && this.#lab.has(from.address);
    if (isToldTwice) return null;
    const fields = FIELDS.flatMap((field) => (message[field] === undefined ? [] : [[field, message[field]]]));
    return {
      at: Math.round(at * TIMES_PER_MS) / TIMES_PER_MS,
      host: this.#names.get(report.host) ?? report.host,
      ...(isOfTracker && { program }),
      kind,
      // A connection has its torrent by its exchange; a piece names its own.
      exchange: kind === 'bittorrent.verified' ? '' : report.exchange,
      ...(from !== undefined && { from: { address: from.address } }),
      ...(to !== undefined && { to: { address: to.address } }),
      ...(fields.length > 0 && { message: Object.fromEntries(fields) }),
      because,
    };
  }

  /** A host that is not on the map tells where it is: one of many of the same kind. */
  #know(host: string, address: unknown): void {
    if (typeof address !== 'string' || (!this.#addresses.has(host) && this.#addresses.size >= this.#hostsMax)) return;
    this.#addresses.set(host, address);
    this.#names.set(host, this.#names.get(host) ?? host);
    this.#lab.add(address);
  }
}
