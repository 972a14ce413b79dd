import { byId, element } from './element.js';
import { fill, words } from './language.js';
import { cellOf, columnsOf, fewestIn, rarestOf } from './piece-columns.js';
import { PieceMap } from './piece-map.js';
import { copiesText, duration, rounded } from './quantities.js';
import { RateChart, STEPS } from './rate-chart.js';
import { SwarmGraph } from './swarm-graph.js';
import { givenUntil, ratesOf } from './swarm-rates.js';

/** @import { Badge } from './peer-badges.js' */
/** @import { Entry } from './swarm-entries.js' */
/** @import { Gift, SwarmPicture, Torrent } from './swarm-picture.js' */
/** @import { Round } from './swarm-rounds.js' */
/**
 * @typedef {object} ViewModel
 * @property {Torrent} torrent
 * @property {SwarmPicture} picture
 * @property {readonly Badge[]} peers in the order in which they are shown
 * @property {Round | null} round
 * @property {number} at
 * @property {Entry | undefined} entry what is spoken of now
 * @property {string | null} chosen address of the peer that is looked at
 * @property {number} seedLimit octets per second; 0 is no limit
 */

/** With more peers than that the chart tells the seed from the others, and not one of them from another. */
const LAYERS_MAX = 16;
/** Pieces that are named as the rarest. */
const RAREST_MAX = 12;

/** A moment of a swarm: the map of the pieces, the picture of the neighbours, the rates, and how much was sent by whom. */
export class SwarmView {
  #map = new PieceMap();
  #graph = new SwarmGraph();
  #chart = new RateChart();
  #badgeOf;
  /** @type {(address: string) => void} */
  onChoose = () => {};
  /** @type {(at: number) => void} */
  onSeek = () => {};

  /** @param {(address: string) => Badge} badgeOf */
  constructor(badgeOf) {
    this.#badgeOf = badgeOf;
    this.#map.onChoose = (address) => this.onChoose(address);
    this.#graph.onChoose = (address) => this.onChoose(address);
    this.#chart.onSeek = (at) => this.onSeek(at);
  }

  /** @param {ViewModel} model */
  show(model) {
    const { torrent, picture, peers, chosen, entry } = model;
    this.#showMap(model);
    this.#graph.show({ picture, peers, pieces: torrent.pieces, chosen, focus: entry?.arrow ?? null });
    if (model.round !== null) this.#showFlow(model, model.round);
  }

  /** @param {ViewModel} model */
  #showMap({ torrent: { pieces, length }, picture, peers, round, at, entry, chosen }) {
    const columns = columnsOf(pieces);
    const copies = picture.copies(chosen === null ? peers.map(({ address }) => address) : picture.neighboursOf(chosen));
    const seekers = chosen === null ? peers.map(({ address }) => address) : [chosen];
    const rarest = rarestOf(copies, (index) =>
      seekers.some((address) => picture.peers.get(address)?.have.has(index) !== true),
    );
    const given = givenUntil(round?.gifts ?? [], at);
    const columnOf = (/** @type {number} */ index) => columns.findIndex(({ last }) => index <= last);
    this.#map.show({
      columns,
      rows: peers.map((badge) => {
        const { address } = badge;
        const peer = picture.peers.get(address);
        const end = round?.takers.get(address) ?? null;
        return {
          badge,
          cells: columns.map((column) => cellOf(peer, column)),
          isHere: peer?.isHere === true,
          given: rounded((given.get(address) ?? 0) / length),
          finished: round !== null && end !== null && end <= at ? duration((end - round.from) / 1_000) : '',
        };
      }),
      copies: fewestIn(copies, columns),
      rarest: new Set(rarest.pieces.map(columnOf)),
      chosen,
      focus:
        entry === undefined || entry.piece === null ? null : { peer: entry.fact.peer, column: columnOf(entry.piece) },
      badgeOf: this.#badgeOf,
    });
    byId('rarest', HTMLElement).textContent = rarestText(rarest, chosen === null ? null : this.#badgeOf(chosen).name);
  }

  /** @param {ViewModel} model @param {Round} round */
  #showFlow({ peers, at, seedLimit, torrent }, round) {
    const { from, gifts } = round;
    const to = round.to ?? Math.max(at, from + 1_000);
    const flow = peers.length > LAYERS_MAX ? together(gifts, peers) : { gifts, peers };
    const rates = ratesOf(flow.gifts, { from, to, steps: STEPS });
    this.#chart.show({ from, to, rates, peers: flow.peers, seedLimit, at });
    showFigures(peers, round, Math.min(at, to), torrent.length);
  }
}

/**
 * What those gave who did not make the file, as if one of them had given it all.
 * @param {readonly Gift[]} gifts @param {readonly Badge[]} peers
 */
function together(gifts, peers) {
  const makers = peers.filter(({ isMaker }) => isMaker);
  const isMaker = new Set(makers.map(({ address }) => address));
  const others = { address: '', name: words.p2p.figures.peers, mark: '', tone: 1, isMaker: false };
  return {
    gifts: gifts.map((gift) => (isMaker.has(gift.giver) ? gift : { ...gift, giver: others.address })),
    peers: [...makers, others],
  };
}

/** @param {{ pieces: readonly number[], copies: number }} rarest @param {string | null} name of the peer that is looked at */
function rarestText({ pieces, copies }, name) {
  const { p2p } = words;
  if (pieces.length === 0) return name === null ? p2p.rarestNone : fill(p2p.rarestUnseen, name);
  const which = `${pieces.slice(0, RAREST_MAX).join(', ')}${pieces.length > RAREST_MAX ? ' …' : ''}`;
  const each = copiesText(copies);
  return name === null ? fill(p2p.rarest, which, each) : fill(p2p.rarestSeen, name, `${which} (${each})`);
}

/**
 * How long it takes, and how many copies the seed and the others sent: client-server would need one for each.
 * @param {readonly Badge[]} peers @param {Round} round @param {number} at @param {number} length octets of the file
 */
function showFigures(peers, { from, to, gifts, takers }, at, length) {
  const { figures } = words.p2p;
  const given = givenUntil(gifts, at);
  const seed = peers.reduce((sum, { address, isMaker }) => sum + (isMaker ? (given.get(address) ?? 0) : 0), 0);
  const all = [...given.values()].reduce((sum, count) => sum + count, 0);
  const isOver = to !== null && at >= to;
  const told = [
    ['time', isOver ? figures.took : figures.running, duration(Math.max(0, at - from) / 1_000)],
    ['seed', figures.seed, copiesText(seed / length)],
    ['peers', figures.peers, copiesText((all - seed) / length)],
    ['alone', figures.alone, copiesText(takers.size)],
  ];
  const box = byId('figures', HTMLElement);
  const text = told.flat().join('|');
  if (box.dataset.told === text) return;
  box.dataset.told = text;
  box.replaceChildren(
    ...told.map(([kind = '', name = '', value = '']) => {
      const figure = element('div', '', element('dt', '', name), element('dd', '', value));
      figure.dataset.figure = kind;
      return figure;
    }),
  );
}
