import { askHosts, tellHosts } from './host-api.js';

/** @import { Told } from './swarm-story.js' */
/** @import { PeerState, TrackerState } from './swarm-tables.js' */
/** @typedef {{ host: string, address: string, isMaker: boolean, configuredUpload: number }} PeerHost */

/** The hosts of the map that share files, and those that are trackers. */
export class SwarmHosts {
  /** @type {PeerHost[]} */
  peers = [];
  /** @type {{ host: string, address: string }[]} */
  trackers = [];
  /** @type {Map<string, string>} Addresses by host. */
  addresses = new Map();

  constructor() {
    for (const place of document.querySelectorAll('#places [data-host]')) {
      if (!(place instanceof HTMLElement)) continue;
      const { host = '', address = '', program, upload, makes } = place.dataset;
      this.addresses.set(host, address);
      if (program === 'tracker') this.trackers.push({ host, address });
      if (program === 'peer')
        this.peers.push({ host, address, isMaker: makes === 'true', configuredUpload: Number(upload) });
    }
  }

  /**
   * What the peers say of a torrent, each of its first one where none is named, and what the tracker says: one request for all. Who
   * is late is not there, who has nothing to say has null.
   * @param {string | null} torrent
   * @returns {Promise<{ peers: Map<string, PeerState | null>, tracker: TrackerState | null | undefined }>} peers by address
   */
  async ask(torrent) {
    const [tracker] = this.trackers;
    const asked = tracker === undefined ? this.peers : [...this.peers, tracker];
    const told = await askHosts(asked.map(({ host }) => host));
    const inTime = this.peers.filter(({ host }) => told.has(host));
    const states = new Map(inTime.map(({ host }) => [host, told.get(host)]));
    if (torrent !== null) await showTorrent(torrent, states);
    return {
      peers: new Map(inTime.map(({ host, address }) => [address, states.get(host) ?? null])),
      tracker: tracker === undefined ? null : told.get(tracker.host),
    };
  }

  /**
   * An action on all of these peers at once; the sentences of those that could not.
   * @param {readonly PeerHost[]} peers
   * @param {string} action
   * @param {(peer: PeerHost) => object} input
   * @returns {Promise<string[]>}
   */
  async tellAll(peers, action, input) {
    const answers = await tellHosts(action, new Map(peers.map((peer) => [peer.host, input(peer)])));
    return [...answers].flatMap(([host, { error }]) => {
      if (error === undefined) return [];
      return String(error).startsWith(host) ? String(error) : `${host}: ${error}`;
    });
  }
}

/**
 * Puts what they say of this torrent in the place of what they say of their first one; null where they do not share it.
 * @param {string} torrent
 * @param {Map<string, PeerState | null>} states by host
 */
async function showTorrent(torrent, states) {
  const others = [...states].filter(([, state]) => state?.infoHash !== torrent);
  const sharing = others.filter(([, state]) => state?.torrents?.some((one) => one.torrent === torrent));
  const shown = await tellHosts('show', new Map(sharing.map(([host]) => [host, { torrent }])));
  for (const [host, state] of others) {
    const own = shown.get(host);
    states.set(host, own === undefined ? null : { ...own, limits: state?.limits, torrents: state?.torrents });
  }
}

/**
 * What a peer says of itself, as a fact of the story.
 * @param {string} address
 * @param {PeerState} state
 * @param {{ at: number, after: number }} when the present, and when it was asked
 * @returns {Told}
 */
export function toldBy(address, state, { at, after }) {
  const list = state.pieceList ?? [];
  return {
    kind: 'told',
    ...{ at, after, seq: 0, peer: address, because: '', report: null, torrent: state.infoHash ?? null },
    bits: state.bits ?? bitsOfList(list),
    givers: list.map(({ from }) => from),
    links: (state.neighbours ?? []).map((neighbour) => ({ ...neighbour, bits: neighbour.bits ?? '' })),
  };
}

/** @param {readonly { have?: boolean }[]} list */
function bitsOfList(list) {
  let hex = '';
  for (let at = 0; at < list.length; at += 4) {
    const digit = [8, 4, 2, 1].reduce((sum, bit, place) => sum + (list[at + place]?.have === true ? bit : 0), 0);
    hex += digit.toString(16);
  }
  return hex;
}
