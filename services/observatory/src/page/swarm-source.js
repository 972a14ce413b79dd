import { askHost, tellHost } from './host-api.js';

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

  /** What a peer says of a torrent; of its first one where none is named. @param {string} host @param {string | null} torrent @returns {Promise<PeerState | null>} */
  async ask(host, torrent) {
    /** @type {PeerState | null} */
    const state = await askHost(host, 'state');
    if (state === null || torrent === null || state.infoHash === torrent) return state;
    if (state.torrents?.some((one) => one.torrent === torrent) !== true) return null;
    return { ...(await tellHost(host, 'show', { torrent })), limits: state.limits, torrents: state.torrents };
  }

  /** @returns {Promise<TrackerState | null>} */
  async askTracker() {
    const [tracker] = this.trackers;
    return tracker === undefined ? null : askHost(tracker.host, 'state');
  }

  /**
   * An action on all of these peers at once; the sentence of the first that could not, or null.
   * @param {readonly PeerHost[]} peers
   * @param {string} action
   * @param {(peer: PeerHost) => object} input
   */
  async tellAll(peers, action, input) {
    const answers = await Promise.all(peers.map((peer) => tellHost(peer.host, action, input(peer))));
    const failed = answers.find(({ error }) => error !== undefined);
    return failed === undefined ? null : String(failed.error);
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
