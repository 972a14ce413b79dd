import { niceStep, scaleAbove } from './chart-scale.js';
import { byId } from './element.js';
import { fill, words } from './language.js';
import { octets } from './quantities.js';
import { svg } from './svg.js';

/** @import { Badge } from './peer-badges.js' */
/**
 * @typedef {object} RateModel
 * @property {number} from
 * @property {number} to
 * @property {ReadonlyMap<string, readonly number[]>} rates octets per second of each giver, in equal steps
 * @property {readonly Badge[]} peers the layers, lowest first
 * @property {number} seedLimit octets per second that the seed may give; 0 is no limit
 * @property {number} at the moment that is shown
 */

/** Steps of time in the chart. */
export const STEPS = 72;
/** Above the layers there is room for what the line of the seed means: nothing is drawn across it. */
const MARGIN = { left: 76, right: 12, top: 26, bottom: 24 };

/** Length of the piece of line beside its meaning. */
const SAMPLE_PX = 31;

/** What came in each second, by who gave it, one layer on the other; and a line for the moment that is shown, which can be drawn. */
export class RateChart {
  #box = byId('chart', HTMLElement);
  #drawing = svg('svg', { role: 'img', 'aria-label': words.p2p.rates });
  #layers = svg('g');
  #axes = svg('g', { class: 'axes' });
  #head = svg('g', { class: 'playhead' }, svg('line'), svg('circle', { r: 6 }));
  /** Room for the drawing, in CSS pixels: to ask for it while something is drawn would lay out the page once more. */
  #size = { width: 0, height: 0 };
  /** @type {RateModel | null} */
  #model = null;
  /** @type {(at: number) => void} */
  onSeek = () => {};

  constructor() {
    this.#drawing.append(this.#layers, this.#axes);
    this.#box.replaceChildren(this.#drawing);
    new ResizeObserver(() => {
      this.#size = { width: this.#box.clientWidth, height: this.#box.clientHeight };
      if (this.#model !== null) this.show(this.#model);
    }).observe(this.#box);
    const seek = (/** @type {PointerEvent} */ event) => {
      if (this.#model === null) return;
      const { left, width } = this.#box.getBoundingClientRect();
      const share = (event.clientX - left - MARGIN.left) / (width - MARGIN.left - MARGIN.right);
      const { from, to } = this.#model;
      this.onSeek(from + (to - from) * Math.min(1, Math.max(0, share)));
    };
    this.#box.addEventListener('pointerdown', (event) => {
      this.#box.setPointerCapture(event.pointerId);
      seek(event);
    });
    this.#box.addEventListener('pointermove', (event) => {
      if (this.#box.hasPointerCapture(event.pointerId)) seek(event);
    });
  }

  /** @param {RateModel} model */
  show(model) {
    this.#model = model;
    const { width, height } = this.#size;
    if (width === 0 || height === 0) return;
    this.#drawing.setAttribute('viewBox', `0 0 ${width} ${height}`);
    const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
    const sums = Array.from({ length: STEPS }, (_, step) =>
      [...model.rates.values()].reduce((sum, row) => sum + (row[step] ?? 0), 0),
    );
    const scale = scaleAbove(Math.max(model.seedLimit * 1.15, ...sums, 1));
    const { top } = scale;
    const x = (/** @type {number} */ step) => MARGIN.left + (inner.width * step) / STEPS;
    const y = (/** @type {number} */ rate) => MARGIN.top + inner.height * (1 - rate / top);
    this.#layers.replaceChildren(...layersOf(model, x, y));
    this.#axes.replaceChildren(
      ...scaleOf(scale, width, y),
      ...timesOf(model, inner.width, height),
      ...limitOf(model, width, y),
    );
    this.#drawing.append(this.#head);
    const share = Math.min(1, Math.max(0, (model.at - model.from) / Math.max(1, model.to - model.from)));
    const px = MARGIN.left + inner.width * share;
    const [line, knob] = this.#head.children;
    for (const [name, value] of Object.entries({ x1: px, x2: px, y1: MARGIN.top, y2: height - MARGIN.bottom }))
      line?.setAttribute(name, String(value));
    knob?.setAttribute('cx', String(px));
    knob?.setAttribute('cy', String(height - MARGIN.bottom));
  }
}

/**
 * @param {RateModel} model
 * @param {(step: number) => number} x
 * @param {(rate: number) => number} y
 */
function layersOf({ rates, peers }, x, y) {
  const below = Array.from({ length: STEPS }, () => 0);
  return peers.flatMap(({ address, tone, name }) => {
    const row = rates.get(address);
    if (row === undefined) return [];
    const up = below.map(
      (base, step) => `${x(step)},${y(base + (row[step] ?? 0))} ${x(step + 1)},${y(base + (row[step] ?? 0))}`,
    );
    const down = below.map((base, step) => `${x(step + 1)},${y(base)} ${x(step)},${y(base)}`).toReversed();
    for (const [step, rate] of row.entries()) below[step] = (below[step] ?? 0) + rate;
    const layer = svg('polygon', { points: [...up, ...down].join(' '), class: 'layer' }, svg('title', {}, name));
    layer.dataset.tone = String(tone);
    return [layer];
  });
}

/** @param {{ top: number, parts: number }} scale @param {number} width @param {(rate: number) => number} y */
function scaleOf({ top, parts }, width, y) {
  return Array.from({ length: parts + 1 }, (_, tick) => (top * tick) / parts).flatMap((rate) => [
    svg('line', { class: 'tick', x1: MARGIN.left, x2: width - MARGIN.right, y1: y(rate), y2: y(rate) }),
    svg('text', { class: 'rate', x: MARGIN.left - 8, y: y(rate) + 4 }, rate === 0 ? '0' : `${octets(rate)}/s`),
  ]);
}

/** @param {RateModel} model @param {number} width @param {number} height */
function timesOf({ from, to }, width, height) {
  const seconds = (to - from) / 1_000;
  const step = niceStep(seconds / 6);
  const ticks = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, tick) => tick * step);
  return ticks.map((second) => {
    const at = MARGIN.left + (width * second) / seconds;
    const text = fill(words.p2p.seconds, Number(second.toFixed(2)));
    return svg('text', { class: 'second', x: at, y: height - 5 }, text);
  });
}

/** Above this line is what peers add to the seed. @param {RateModel} model @param {number} width @param {(rate: number) => number} y */
function limitOf({ seedLimit }, width, y) {
  if (seedLimit === 0) return [];
  const at = y(seedLimit);
  const { left, right } = MARGIN;
  const text = fill(words.p2p.seedLimit, `${octets(seedLimit)}/s`);
  return [
    svg('line', { class: 'limit', x1: left, x2: width - right, y1: at, y2: at }),
    svg('line', { class: 'limit', x1: left, x2: left + SAMPLE_PX, y1: 10, y2: 10 }),
    svg('text', { class: 'limit', x: left + SAMPLE_PX + 8, y: 14 }, text),
  ];
}
