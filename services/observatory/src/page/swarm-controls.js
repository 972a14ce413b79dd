import { byId } from './element.js';
import { fill, words } from './language.js';
import { rounded } from './quantities.js';

/** @import { SwarmHosts } from './swarm-source.js' */
/** @import { SwarmPlayer } from './swarm-player.js' */
/** @import { PeerState } from './swarm-tables.js' */

/** What each peer may give in a second where everybody is to see how it goes, in octets. */
const LECTURE_BYTES_PER_S = 200 * 1024;

/** What a person can do: have the file fetched again, choose policies and limits, choose the torrent. */
export class SwarmControls {
  #hosts;
  #again = byId('again', HTMLButtonElement);
  #pick = byId('pick-policy', HTMLSelectElement);
  #choke = byId('choke-policy', HTMLSelectElement);
  #pace = byId('pace', HTMLSelectElement);
  #torrent = byId('torrent', HTMLSelectElement);
  #trouble = byId('trouble', HTMLElement);
  /** @type {(torrent: string) => void} */
  onTorrent = () => {};
  onDone = () => {};

  /** @param {SwarmHosts} hosts */
  constructor(hosts) {
    this.#hosts = hosts;
    this.#again.addEventListener('click', () => void this.#fetchAgain());
    for (const [select, policy] of /** @type {const} */ ([
      [this.#pick, 'pickPolicy'],
      [this.#choke, 'chokePolicy'],
    ])) {
      select.addEventListener(
        'change',
        () => void this.#tell(hosts.peers, 'policies', () => ({ [policy]: select.value })),
      );
    }
    this.#pace.addEventListener('change', () => void this.#limit());
    this.#torrent.addEventListener('change', () => this.onTorrent(this.#torrent.value));
  }

  /** The torrents to choose from, and how the peers are set. @param {readonly { torrent: string, name: string | null }[]} torrents @param {ReadonlyMap<string, PeerState>} states */
  show(torrents, states) {
    const names = new Map(torrents.map(({ torrent, name }) => [torrent, name ?? torrent]));
    const shown = [...this.#torrent.options].map(({ value }) => value).join();
    if (shown !== [...names.keys()].join()) {
      const chosen = this.#torrent.value;
      this.#torrent.replaceChildren(
        ...[...names].map(([torrent, name]) => new Option(name, torrent, false, torrent === chosen)),
      );
    }
    const takers = this.#hosts.peers.filter(({ isMaker }) => !isMaker);
    const policy = takers.map(({ address }) => states.get(address)?.policy).find((one) => one !== undefined);
    choose(this.#pick, policy?.pickPolicy);
    choose(this.#choke, policy?.chokePolicy);
    const limits = this.#hosts.peers.flatMap(({ address }) => states.get(address)?.limits ?? []);
    const isSlow = limits.length > 0 && limits.every(({ uploadBytesPerS }) => uploadBytesPerS === LECTURE_BYTES_PER_S);
    choose(this.#pace, isSlow ? 'lecture' : 'configured');
    // A program of before these settings has none of them.
    for (const select of [this.#pick, this.#choke]) select.disabled = policy === undefined;
    this.#pace.disabled = limits.length === 0;
  }

  /** Which moment is shown. @param {SwarmPlayer} player @param {number | null} since the beginning of the round, in milliseconds */
  showMode(player, since) {
    const { p2p } = words;
    document.body.dataset.mode = player.mode;
    byId('live', HTMLButtonElement).setAttribute('aria-pressed', String(player.mode === 'live'));
    const replay = byId('replay', HTMLButtonElement);
    const label = player.mode === 'replay' ? `❚❚ ${p2p.stop}` : `▶ ${p2p.replay}`;
    if (replay.textContent !== label) replay.textContent = label;
    const times = player.slowness > 1.5 ? fill(p2p.slower, rounded(player.slowness)) : '';
    const moment = player.mode === 'live' || since === null ? '' : fill(p2p.seconds, (since / 1_000).toFixed(2));
    byId('moment', HTMLElement).textContent = [moment, player.mode === 'replay' ? times : '']
      .filter((text) => text !== '')
      .join(' · ');
  }

  async #fetchAgain() {
    this.#again.disabled = true;
    const torrent = this.#torrent.value;
    const takers = this.#hosts.peers.filter(({ isMaker }) => !isMaker);
    const failed = await this.#tell(takers, 'start-over', () => (torrent === '' ? {} : { torrent }));
    this.#again.disabled = false;
    if (failed < takers.length) this.onDone();
  }

  async #limit() {
    const isSlow = this.#pace.value === 'lecture';
    await this.#tell(this.#hosts.peers, 'limits', ({ configuredUpload }) => ({
      uploadBytesPerS: isSlow ? LECTURE_BYTES_PER_S : configuredUpload,
    }));
  }

  /** How many could not. @param {SwarmHosts['peers']} peers @param {string} action @param {(peer: SwarmHosts['peers'][number]) => object} input */
  async #tell(peers, action, input) {
    const failed = await this.#hosts.tellAll(peers, action, input);
    const [first = ''] = failed;
    const { p2p } = words;
    this.#trouble.hidden = failed.length === 0;
    const said = failed.length > 1 ? fill(p2p.failedMany, failed.length, first) : fill(p2p.failed, first);
    this.#trouble.textContent = failed.length === 0 ? '' : said;
    return failed.length;
  }
}

/** @param {HTMLSelectElement} select @param {unknown} value */
function choose(select, value) {
  if (typeof value === 'string' && document.activeElement !== select) select.value = value;
}
