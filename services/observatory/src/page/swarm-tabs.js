import { byId, element } from './element.js';
import { words } from './language.js';
import { badgeMark } from './piece-map.js';
import {
  decisionsSection,
  goneSection,
  membersSection,
  neighboursSection,
  peerFacts,
  roundsTable,
} from './swarm-tables.js';
import { WhyList } from './swarm-why.js';

/** @import { Badge } from './peer-badges.js' */
/** @import { Entry } from './swarm-entries.js' */
/** @import { Round } from './swarm-rounds.js' */
/** @import { SwarmStory } from './swarm-story.js' */
/** @import { PeerState, TrackerState } from './swarm-tables.js' */
/** @typedef {'why' | 'rounds' | 'tracker' | 'peer'} Tab */
/**
 * @typedef {object} TabsModel
 * @property {SwarmStory} story
 * @property {readonly Round[]} rounds
 * @property {ReadonlyMap<string, PeerState>} states
 * @property {TrackerState | null} tracker
 * @property {string | null} chosenPeer
 * @property {number} at
 */

/** Below the picture: what happened and why, the rounds, the tracker's set, or one peer in full. */
export class SwarmTabs {
  #panel = byId('tab-panel', HTMLElement);
  #tabs = [...document.querySelectorAll('#tabs button')].filter((tab) => tab instanceof HTMLElement);
  /** @type {Tab} */
  #tab = 'why';
  /** @type {string} What is drawn, so that it is not drawn again as it is. */
  #drawn = '';
  #badgeOf;
  why;
  /** When the round began whose entries are listed. */
  begun = 0;
  /** Whether other groups of entries were chosen since they were listed. */
  isRefiltered = false;
  onChange = () => {};
  /** @type {(round: Round) => void} */
  onRound = () => {};

  /** @param {(address: string) => Badge} badgeOf */
  constructor(badgeOf) {
    this.#badgeOf = badgeOf;
    this.why = new WhyList(badgeOf);
    this.why.onFilter = () => {
      this.isRefiltered = true;
      this.onChange();
    };
    for (const tab of this.#tabs) tab.addEventListener('click', () => this.open(/** @type {Tab} */ (tab.dataset.tab)));
  }

  /** @param {Tab} tab */
  open(tab) {
    this.#tab = tab;
    for (const one of this.#tabs) one.setAttribute('aria-selected', String(one.dataset.tab === tab));
    this.#drawn = '';
    this.onChange();
  }

  /** Lists the entries of a round. @param {readonly Entry[]} entries @param {number} begun */
  tell(entries, begun) {
    this.why.show(entries, begun);
    this.begun = begun;
    this.isRefiltered = false;
  }

  /** @param {TabsModel} model */
  show(model) {
    const { p2p } = words;
    const peerTab = this.#tabs.find(({ dataset }) => dataset.tab === 'peer');
    if (peerTab !== undefined)
      peerTab.textContent = model.chosenPeer === null ? p2p.tabs.peer : this.#badgeOf(model.chosenPeer).name;
    if (this.#tab === 'why') {
      if (this.#drawn !== 'why') this.#panel.replaceChildren(this.why.box);
      this.#drawn = 'why';
      this.why.mark(model.at);
      return;
    }
    const marked = document.getSelection();
    if (marked !== null && !marked.isCollapsed && this.#panel.contains(marked.anchorNode)) return;
    const [key, draw] = this.#content(model);
    if (key === this.#drawn) return;
    this.#drawn = key;
    const top = this.#panel.scrollTop;
    this.#panel.replaceChildren(...draw());
    this.#panel.scrollTop = top;
  }

  /** @param {TabsModel} model @returns {[key: string, draw: () => Node[]]} */
  #content({ story, rounds, states, tracker, chosenPeer, at }) {
    const { infoHash, length, pieces } = story.torrent;
    const nameOf = (/** @type {string} */ address) => this.#named(address);
    // Of the past only the reports tell, not the hosts.
    const isPast = Number.isFinite(at);
    const now = () => (isPast ? [element('p', 'cut', words.p2p.asOfNow)] : []);
    if (this.#tab === 'rounds') {
      const isMaker = (/** @type {string} */ address) => this.#badgeOf(address).isMaker;
      const key = `rounds ${rounds.map(({ number, to, gifts }) => `${number} ${to} ${gifts.length}`).join()}`;
      return [key, () => [roundsTable(rounds, length, isMaker, (round) => this.onRound(round))]];
    }
    if (this.#tab === 'tracker') {
      const swarm = tracker?.swarms?.find((one) => one.infoHash === infoHash);
      return [
        `tracker ${isPast} ${JSON.stringify(swarm)}`,
        () => [...now(), membersSection(swarm, tracker?.intervalS ?? 0, nameOf)],
      ];
    }
    const state = chosenPeer === null ? undefined : states.get(chosenPeer);
    if (state === undefined)
      return ['nobody', () => [element('p', 'cut', chosenPeer === null ? words.p2p.choosePeer : words.dns.noAnswer)]];
    const { neighbours = [], decisions = [] } = state;
    const key = JSON.stringify([
      isPast,
      chosenPeer,
      neighbours,
      decisions,
      state.closed,
      state.refused,
      state.pieces,
      state.limits,
      state.policy,
    ]);
    return [
      key,
      () => [
        ...now(),
        neighboursSection(neighbours, pieces, nameOf),
        peerFacts(state),
        decisionsSection(decisions, nameOf),
        goneSection(state, nameOf),
      ],
    ];
  }

  /** @param {string} address */
  #named(address) {
    const badge = this.#badgeOf(address);
    return element('span', 'named', badgeMark(badge), ` ${badge.name}`);
  }
}
