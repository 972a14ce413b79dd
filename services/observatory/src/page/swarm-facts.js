/**
 * What happened in a torrent, made of the reports of peers and tracker: one fact for each thing that happened, told by whoever
 * did it. Both ends of a connection report a message; only what a host says of itself counts, but for a peer that is none of
 * the lab, of which its neighbours tell. Knows nothing of the document, nor of languages.
 */

/** @import { Shown } from './report-list.js' */
/** @typedef {{ [address: string]: number }} Givers blocks by the address of who gave them */
/**
 * @typedef {{ kind: 'joined', bits: string | null, policy: string | null, upload: number | null }
 *   | { kind: 'left' }
 *   | { kind: 'opened', to: string, line: string }
 *   | { kind: 'closed', to: string | null, line: string }
 *   | { kind: 'has', bits: string | null, all: boolean }
 *   | { kind: 'gained', index: number }
 *   | { kind: 'picked', to: string, index: number, mode: string }
 *   | { kind: 'verified', index: number, givers: Givers }
 *   | { kind: 'wrong', index: number, givers: Givers }
 *   | { kind: 'choked' | 'unchoked' | 'interested' | 'uninterested', to: string }
 *   | { kind: 'banned' | 'refused', to: string }
 *   | { kind: 'announced', event: string | null, left: number | null }
 *   | { kind: 'answered', to: string, peers: number }
 *   | { kind: 'expired' }
 *   | { kind: 'changed', policy: string | null, upload: number | null }
 *   | { kind: 'told', bits: string, givers: Givers[], links: Link[], after: number }} Happening
 */
/**
 * @typedef {object} Link a neighbour, as a peer tells of it
 * @property {string} address
 * @property {string} bits
 * @property {boolean} amChoking
 * @property {boolean} amInterested
 * @property {boolean} peerChoking
 * @property {boolean} peerInterested
 */
/**
 * @typedef {Happening & { at: number, seq: number, peer: string, torrent: string | null, because: string, report: Shown | null }} Fact
 *   `peer` is the address of who did it
 */

/** Messages that say the same of their sender in another way. */
const RELATIONS = /** @type {const} */ ({
  choke: 'choked',
  unchoke: 'unchoked',
  interested: 'interested',
  'not-interested': 'uninterested',
});

/** Exchanges whose torrent is remembered. */
const EXCHANGES_MAX = 5_000;

/** Makes facts of reports. A connection has its torrent by its handshake: what is said on it belongs to that torrent. */
export class FactReader {
  /** @type {Map<string, string>} Torrents by exchange. */
  #torrents = new Map();
  #hosts;
  #lab;

  /** @param {ReadonlyMap<string, string>} hosts the address of each host of the lab */
  constructor(hosts) {
    this.#hosts = new Map(hosts);
    this.#lab = new Set(hosts.values());
  }

  /** A host that is not on the map tells where it is: one of many of the same kind. @param {string} host @param {string} address */
  #know(host, address) {
    this.#hosts.set(host, address);
    this.#lab.add(address);
  }

  /** The fact that a report tells, or null where it tells none, or one that another host tells better. @param {Shown} report @returns {Fact | null} */
  read(report) {
    const message = /** @type {Record<string, unknown>} */ (report.message ?? {});
    if (report.kind === 'bittorrent.joined' && typeof message.address === 'string')
      this.#know(report.host, message.address);
    const own = this.#hosts.get(report.host);
    if (own === undefined) return null;
    const torrent = this.#torrentOf(report.exchange, message.infoHash);
    const found = report.kind.startsWith('tracker.')
      ? trackerFact(report, message, own)
      : this.#peerFact(report, message, own);
    if (found === null) return null;
    const { at, seq, because = '' } = report;
    return { at, seq, torrent, because, report, ...found };
  }

  /**
   * @param {Shown} report
   * @param {Record<string, unknown>} message
   * @param {string} own address of the host that reports
   * @returns {(Happening & { peer: string }) | null}
   */
  #peerFact({ kind, from, to, exchange }, message, own) {
    const what = kind.slice('bittorrent.'.length);
    const index = Number(message.index ?? -1);
    const givers = /** @type {Givers} */ (message.givers ?? {});
    const about = to?.address ?? '';
    switch (what) {
      case 'joined':
        return { kind: 'joined', peer: own, bits: textOf(message.bits), ...settingsOf(message.policy, message.limits) };
      case 'left':
        return { kind: 'left', peer: own };
      case 'policy':
        return { kind: 'changed', peer: own, ...settingsOf(message, message) };
      case 'close':
        return { kind: 'closed', peer: own, to: null, line: exchange };
      case 'pick':
        return message.mode === 'started'
          ? null
          : { kind: 'picked', peer: own, to: about, index, mode: String(message.mode ?? '') };
      case 'verified':
      case 'wrong':
        return { kind: what, peer: own, index, givers };
      case 'ban':
      case 'refused-address':
        return { kind: what === 'ban' ? 'banned' : 'refused', peer: own, to: String(message.address ?? '') };
    }
    if (from === undefined || to === undefined) return null;
    // A host of the lab tells by itself what it says.
    if (from.address !== own && this.#lab.has(from.address)) return null;
    if (what === 'handshake') return { kind: 'opened', peer: from.address, to: to.address, line: exchange };
    if (what === 'bitfield') return { kind: 'has', peer: from.address, bits: textOf(message.bits), all: false };
    if (what === 'have-all' || what === 'have-none')
      return { kind: 'has', peer: from.address, bits: null, all: what === 'have-all' };
    if (what === 'have') return from.address === own ? null : { kind: 'gained', peer: from.address, index };
    const relation = Object.entries(RELATIONS).find(([name]) => name === what)?.[1];
    return relation === undefined ? null : { kind: relation, peer: from.address, to: to.address };
  }

  /**
   * @param {string} exchange
   * @param {unknown} told
   */
  #torrentOf(exchange, told) {
    if (typeof told !== 'string') return this.#torrents.get(exchange) ?? null;
    // A piece is told for itself.
    if (exchange !== '') this.#torrents.set(exchange, told);
    const [oldest] = this.#torrents.keys();
    if (this.#torrents.size > EXCHANGES_MAX && oldest !== undefined) this.#torrents.delete(oldest);
    return told;
  }
}

/**
 * The tracker tells of every peer that announces itself; what peers tell of it is the same thing again.
 * @param {Shown} report
 * @param {Record<string, unknown>} message
 * @param {string} own
 * @returns {(Happening & { peer: string }) | null}
 */
function trackerFact({ kind, program, from, to }, message, own) {
  if (program !== 'tracker') return null;
  switch (kind) {
    case 'tracker.announce':
      return {
        ...{ kind: 'announced', peer: from?.address ?? '', event: textOf(message.event) },
        left: typeof message.left === 'number' ? message.left : null,
      };
    case 'tracker.response': {
      const { peers } = message;
      return Array.isArray(peers) ? { kind: 'answered', peer: own, to: to?.address ?? '', peers: peers.length } : null;
    }
    case 'tracker.expired':
      return { kind: 'expired', peer: String(message.address ?? '') };
    default:
      return null;
  }
}

/** @param {unknown} value */
function textOf(value) {
  return typeof value === 'string' ? value : null;
}

/**
 * The settings by which two rounds are compared: the policy of the picker, and the octets per second that a peer may give.
 * @param {unknown} policies
 * @param {unknown} limits
 */
function settingsOf(policies, limits) {
  const { pickPolicy } = /** @type {{ pickPolicy?: unknown }} */ (policies ?? {});
  const { uploadBytesPerS: upload } = /** @type {{ uploadBytesPerS?: unknown }} */ (limits ?? {});
  return { policy: textOf(pickPolicy), upload: typeof upload === 'number' ? upload : null };
}
