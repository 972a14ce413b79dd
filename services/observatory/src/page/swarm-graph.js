import { byId } from './element.js';
import { fill, words } from './language.js';
import { ringPlaces } from './ring-places.js';
import { svg } from './svg.js';

/** @import { Badge } from './peer-badges.js' */
/** @import { SwarmPicture } from './swarm-picture.js' */
/**
 * @typedef {object} GraphModel
 * @property {SwarmPicture} picture
 * @property {readonly Badge[]} peers
 * @property {number} pieces
 * @property {string | null} chosen
 * @property {{ from: string, to: string } | null} focus an arrow that is spoken of now
 */
/** @import { Point } from './ring-places.js' */

/** Room for names beside the circle, and for the discs above and below it. */
const MARGIN = { x: 104, y: 36 };
/** From so many peers on a circle has no room for names, nor for arrows on which nothing flows. */
const CROWD = 10;
/** Radius of a disc; in a crowd it is as large as there is room for. */
const RADIUS = 21;
const RADIUS_MIN = 4;
/** Length of the tip of an arrow; beside small discs it is shorter. */
const TIP_PX = 9;
/** Height of a mark where there is room for it. */
const MARK_PX_MAX = 17;
/** Below this there is no room for a mark in a disc. */
const RADIUS_MARK_MIN = 9;

/** Who is connected with whom, and who lets whom fetch: peers on a circle, arrows from who gives. */
export class SwarmGraph {
  #box = byId('graph', HTMLElement);
  #drawing = svg('svg', { role: 'group', 'aria-label': words.p2p.graph });
  #lines = svg('g', { class: 'lines' });
  #arrows = svg('g', { class: 'arrows' });
  #nodes = svg('g', { class: 'nodes' });
  #known = svg('text', { class: 'count', x: 4, y: 16 });
  /** @type {Map<string, SVGElement>} Lines and arrows by name: one that stays goes on moving. */
  #drawn = new Map();
  #shape = '';
  /** Room for the drawing, in CSS pixels: to ask for it while something is drawn would lay out the page once more. */
  #size = { width: 0, height: 0 };
  /** @type {GraphModel | null} */
  #model = null;
  /** @type {(address: string) => void} */
  onChoose = () => {};

  constructor() {
    this.#drawing.append(this.#lines, this.#arrows, this.#nodes, this.#known);
    this.#box.replaceChildren(this.#drawing);
    new ResizeObserver(() => {
      this.#size = { width: this.#box.clientWidth, height: this.#box.clientHeight };
      if (this.#model !== null) this.show(this.#model);
    }).observe(this.#box);
    const choose = (/** @type {Event} */ event) => {
      const node = event.target instanceof Element ? event.target.closest('[data-peer]') : null;
      if (node instanceof SVGElement && node.dataset.peer !== undefined) this.onChoose(node.dataset.peer);
    };
    this.#drawing.addEventListener('click', choose);
    this.#drawing.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') choose(event);
    });
  }

  /** @param {GraphModel} model */
  show(model) {
    this.#model = model;
    const { width, height } = this.#size;
    if (width === 0 || height === 0) return;
    this.#drawing.setAttribute('viewBox', `0 0 ${width} ${height}`);
    const places = placesOf(model.peers, width, height);
    this.#showNodes(model, places);
    const isCrowd = model.peers.length >= CROWD;
    this.#drawing.classList.toggle('crowd', isCrowd);
    /** @type {Set<string>} */
    const shown = new Set();
    if (isCrowd) this.#showFlows(model, places, shown);
    else this.#showAll(model, places, shown);
    for (const [name, drawn] of this.#drawn) {
      if (shown.has(name)) continue;
      drawn.remove();
      this.#drawn.delete(name);
    }
    const known = model.peers.filter(({ address }) => model.picture.peers.get(address)?.isKnown).length;
    this.#known.textContent = fill(words.p2p.trackerKnows, known);
  }

  /** Every connection, and what each end does for the other. @param {GraphModel} model @param {ReadonlyMap<string, Point>} places @param {Set<string>} shown */
  #showAll(model, places, shown) {
    for (const { a, b } of model.picture.lines.values()) {
      const from = places.get(a);
      const to = places.get(b);
      if (from === undefined || to === undefined) continue;
      this.#line(`${a}-${b}`, from, to, isDim(model, a, b), shown);
      for (const [giver = '', taker = ''] of [
        [a, b],
        [b, a],
      ]) {
        const kind = kindOf(model.picture, giver, taker);
        if (kind !== null) this.#arrow({ giver, taker, kind }, places, model, shown);
      }
    }
  }

  /** In a crowd only what flows. @param {GraphModel} model @param {ReadonlyMap<string, Point>} places @param {Set<string>} shown */
  #showFlows(model, places, shown) {
    for (const { address: taker } of model.peers) {
      const picked = model.picture.peers.get(taker)?.picked.values() ?? [];
      for (const giver of new Set(Array.from(picked, ({ from }) => from))) {
        if (!model.picture.relation(giver, taker).isUnchoked) continue;
        this.#arrow({ giver, taker, kind: 'flow' }, places, model, shown);
      }
    }
  }

  /** @param {GraphModel} model @param {ReadonlyMap<string, Point>} places */
  #showNodes(model, places) {
    const shape = JSON.stringify([...places]);
    if (shape !== this.#shape) this.#makeNodes(model.peers, places);
    this.#shape = shape;
    for (const node of this.#nodes.children) {
      if (!(node instanceof SVGElement)) continue;
      const peer = model.picture.peers.get(node.dataset.peer ?? '');
      const share = peer === undefined ? 0 : peer.have.size / model.pieces;
      node.style.setProperty('--share', String(share));
      node.classList.toggle('away', peer?.isHere !== true);
      node.classList.toggle('known', peer?.isKnown === true);
      node.classList.toggle('chosen', model.chosen === node.dataset.peer);
      const percent = node.querySelector('.percent');
      if (percent !== null) percent.textContent = `${Math.floor(share * 100)} %`;
    }
  }

  /** @param {readonly Badge[]} peers @param {ReadonlyMap<string, Point>} places */
  #makeNodes(peers, places) {
    const isCrowd = peers.length >= CROWD;
    const radius = radiusOf(places);
    const middle = [...places.values()].reduce((sum, { x }) => sum + x, 0) / Math.max(1, places.size);
    this.#nodes.replaceChildren(
      ...peers.map((badge) => {
        const { x = 0, y = 0 } = places.get(badge.address) ?? {};
        const way = Math.abs(x - middle) < 20 ? 'middle' : x < middle ? 'end' : 'start';
        const labels = isCrowd ? [] : labelsOf(badge, { x, y }, way, radius);
        const node = svg(
          'g',
          { class: 'node', tabindex: 0, role: 'button', 'aria-label': badge.name },
          svg('circle', { class: 'ring', cx: x, cy: y, r: radius + 4 }),
          svg('circle', { class: 'disc', cx: x, cy: y, r: radius }),
          // The part of the file that it has, as a ring that closes.
          svg('circle', { class: 'part', cx: x, cy: y, r: radius, pathLength: 1, transform: `rotate(-90 ${x} ${y})` }),
          svg('text', { class: 'mark', x, y }, radius < RADIUS_MARK_MIN ? '' : badge.mark),
          ...labels,
        );
        node.dataset.peer = badge.address;
        node.dataset.tone = String(badge.tone);
        node.style.setProperty('--mark', `${Math.min(MARK_PX_MAX, round(radius * 0.95))}px`);
        return node;
      }),
    );
  }

  /** @param {string} name @param {Point} from @param {Point} to @param {boolean} isDimmed @param {Set<string>} shown */
  #line(name, from, to, isDimmed, shown) {
    shown.add(name);
    const line = this.#drawn.get(name) ?? svg('line');
    if (!this.#drawn.has(name)) this.#lines.append(line);
    this.#drawn.set(name, line);
    for (const [key, value] of Object.entries({ x1: from.x, y1: from.y, x2: to.x, y2: to.y }))
      line.setAttribute(key, String(value));
    line.classList.toggle('dimmed', isDimmed);
  }

  /**
   * @param {{ giver: string, taker: string, kind: string }} arrow
   * @param {ReadonlyMap<string, Point>} places
   * @param {GraphModel} model
   * @param {Set<string>} shown
   */
  #arrow({ giver, taker, kind }, places, model, shown) {
    const from = places.get(giver);
    const to = places.get(taker);
    if (from === undefined || to === undefined) return;
    const name = `${giver}>${taker}`;
    shown.add(name);
    const arrow = this.#drawn.get(name) ?? svg('g', {}, svg('path', { class: 'shaft' }), svg('path', { class: 'tip' }));
    if (!this.#drawn.has(name)) this.#arrows.append(arrow);
    this.#drawn.set(name, arrow);
    const { shaft, tip } = curveOf(from, to, radiusOf(places));
    arrow.children[0]?.setAttribute('d', shaft);
    arrow.children[1]?.setAttribute('d', tip);
    arrow.dataset.kind = kind;
    arrow.dataset.tone = String(model.peers.find(({ address }) => address === giver)?.tone ?? 0);
    arrow.classList.toggle('dimmed', isDim(model, giver, taker));
    arrow.classList.toggle('focus', model.focus?.from === giver && model.focus.to === taker);
  }
}

/** What one peer does for another. @param {SwarmPicture} picture @param {string} giver @param {string} taker */
function kindOf(picture, giver, taker) {
  const { isUnchoked, isWanted } = picture.relation(giver, taker);
  const picked = picture.peers.get(taker)?.picked.values() ?? [];
  if (isUnchoked && [...picked].some(({ from }) => from === giver)) return 'flow';
  if (isUnchoked) return isWanted ? 'open' : 'idle';
  return isWanted ? 'choked' : null;
}

/** Whether an arrow is none of the peer that is looked at. @param {GraphModel} model @param {string} a @param {string} b */
function isDim({ chosen }, a, b) {
  return chosen !== null && chosen !== a && chosen !== b;
}

/** The seed on top, the others clockwise. @param {readonly Badge[]} peers @param {number} width @param {number} height @returns {Map<string, Point>} */
function placesOf(peers, width, height) {
  const rx = Math.max(60, Math.min(width / 2 - (peers.length >= CROWD ? MARGIN.y : MARGIN.x), height * 0.85));
  const ry = Math.max(50, height / 2 - MARGIN.y);
  const ring = ringPlaces(peers.length, rx, ry);
  return new Map(
    peers.map(({ address }, at) => {
      const { x = 0, y = 0 } = ring[at] ?? {};
      return [address, { x: round(width / 2 + x), y: round(height / 2 + y) }];
    }),
  );
}

/** @param {ReadonlyMap<string, Point>} places */
function radiusOf(places) {
  const [first, second] = [...places.values()];
  if (places.size < CROWD || first === undefined || second === undefined) return RADIUS;
  const apart = Math.hypot(first.x - second.x, first.y - second.y);
  return round(Math.min(RADIUS, Math.max(RADIUS_MIN, apart / 2 - 3)));
}

/** Name and percentage, on the side where no arrow is. @param {Badge} badge @param {Point} point @param {string} anchor @param {number} radius */
function labelsOf({ name }, { x, y }, anchor, radius) {
  // Above the highest disc, where arrows leave below.
  if (anchor === 'middle') {
    const label = svg('text', { x: x + radius + 9, y: y - radius / 2 });
    label.append(svg('tspan', { class: 'name' }, name), svg('tspan', { class: 'percent', dx: 8 }, ''));
    return [label];
  }
  const label = { x: anchor === 'start' ? x + radius + 10 : x - radius - 10, 'text-anchor': anchor };
  return [
    svg('text', { class: 'name', ...label, y: y - 1 }, name),
    svg('text', { class: 'percent', ...label, y: y + 16 }, ''),
  ];
}

/** An arrow that bows to its left, so that the one back lies beside it. @param {Point} from @param {Point} to @param {number} radius of the discs */
function curveOf(from, to, radius) {
  const gap = radius + 7;
  const tip = Math.min(TIP_PX, Math.max(TIP_PX / 2, radius * 0.6));
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = Math.hypot(dx, dy) || 1;
  const side = { x: dy / length, y: -dx / length };
  const bow = Math.min(26, length * 0.13);
  const middle = { x: (from.x + to.x) / 2 + side.x * bow, y: (from.y + to.y) / 2 + side.y * bow };
  const start = towards(from, middle, gap);
  const end = towards(to, middle, gap + 4);
  const back = towards(end, middle, tip);
  const ux = (end.x - back.x) / 2;
  const uy = (end.y - back.y) / 2;
  const corner = (/** @type {number} */ sign) => `${round(back.x - sign * uy)},${round(back.y + sign * ux)}`;
  const point = towards(to, middle, gap - 1);
  return {
    shaft: `M${round(start.x)},${round(start.y)} Q${round(middle.x)},${round(middle.y)} ${round(back.x)},${round(back.y)}`,
    tip: `M${round(point.x)},${round(point.y)} L${corner(1)} L${corner(-1)} Z`,
  };
}

/** @param {Point} from @param {Point} to @param {number} by */
function towards(from, to, by) {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  return { x: from.x + ((to.x - from.x) * by) / length, y: from.y + ((to.y - from.y) * by) / length };
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
