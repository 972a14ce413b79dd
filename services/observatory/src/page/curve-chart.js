import { niceStep } from './chart-scale.js';
import { byId } from './element.js';
import { fill, words } from './language.js';
import { duration } from './quantities.js';
import { svg } from './svg.js';

/** @import { CurvePoint } from '#shared/bittorrent/distribution-time.ts' */
/** @typedef {{ peers: number, seconds: number, text: string }} Measured a distribution that took place */
/** @typedef {{ points: readonly CurvePoint[], peers: number, most: number, ceiling: number | null, measured: readonly Measured[] }} CurveModel */

const MARGIN = { left: 78, right: 24, top: 14, bottom: 42 };
/** From one line of words to the next. */
const LABEL_HEIGHT = 20;
/** Lines of a scale, about. */
const TICKS = 5;
/** Seconds in the units of the scale of times. */
const UNITS = [1, 60, 3_600, 86_400];

/** The two curves: the line of client-server, the plateau of P2P; and the number of peers that is looked at. */
export class CurveChart {
  #box = byId('curve-chart', HTMLElement);
  #drawing = svg('svg', { role: 'img', 'aria-label': words.p2p.time.chart });
  /** @type {CurveModel | null} */
  #model = null;
  /** @type {(peers: number) => void} */
  onChoose = () => {};

  constructor() {
    this.#box.replaceChildren(this.#drawing);
    new ResizeObserver(() => {
      if (this.#model !== null) this.show(this.#model);
    }).observe(this.#box);
    const choose = (/** @type {PointerEvent} */ event) => {
      if (this.#model === null) return;
      const { left, width } = this.#box.getBoundingClientRect();
      const share = (event.clientX - left - MARGIN.left) / (width - MARGIN.left - MARGIN.right);
      this.onChoose(Math.min(this.#model.most, Math.max(1, Math.round(share * this.#model.most))));
    };
    this.#box.addEventListener('pointerdown', (event) => {
      this.#box.setPointerCapture(event.pointerId);
      choose(event);
    });
    this.#box.addEventListener('pointermove', (event) => {
      if (this.#box.hasPointerCapture(event.pointerId)) choose(event);
    });
  }

  /** @param {CurveModel} model */
  show(model) {
    this.#model = model;
    const { points, peers, most, ceiling, measured } = model;
    const width = this.#box.clientWidth;
    const height = this.#box.clientHeight;
    if (width === 0 || height === 0) return;
    this.#drawing.setAttribute('viewBox', `0 0 ${width} ${height}`);
    const longest = Math.max(
      ...points.map(({ clientServer }) => clientServer.seconds),
      ...measured.map(({ seconds }) => seconds),
    );
    const step = niceTime(longest / TICKS);
    const top = Math.ceil(longest / step) * step;
    const x = (/** @type {number} */ count) => MARGIN.left + ((width - MARGIN.left - MARGIN.right) * count) / most;
    const y = (/** @type {number} */ seconds) =>
      height - MARGIN.bottom - ((height - MARGIN.top - MARGIN.bottom) * seconds) / top;
    const { curves, axis } = words.p2p.time;
    const chosen = points.find((point) => point.peers === peers);
    const last = points.at(-1);
    const isPlateau = ceiling !== null && ceiling < top;
    this.#drawing.replaceChildren(
      ...scaleOf(top, step, width, y),
      ...countsOf(most, height, x),
      svg('text', { class: 'axis', x: width - MARGIN.right, y: height - 4, 'text-anchor': 'end' }, axis.peers),
      ...(isPlateau ? ceilingOf(ceiling, width, y, measured.length > 0) : []),
      svg('polyline', {
        class: 'curve client-server',
        points: points.map((one) => `${x(one.peers)},${y(one.clientServer.seconds)}`).join(' '),
      }),
      svg('polyline', {
        class: 'curve p2p',
        points: points.map((one) => `${x(one.peers)},${y(one.p2p.seconds)}`).join(' '),
      }),
      ...(last === undefined
        ? []
        : [
            labelOf(
              curves.clientServer,
              'client-server',
              x(last.peers * 0.62),
              y(last.clientServer.seconds * 0.62) - 14,
            ),
          ]),
      ...(last === undefined || isPlateau
        ? []
        : [labelOf(curves.p2p, 'p2p', x(last.peers) - 6, y(last.p2p.seconds) + 26)]),
      ...(chosen === undefined ? [] : markOf(chosen, height, x, y)),
      ...measuredOf(measured, x, y),
    );
  }
}

/** @param {CurvePoint} point @param {number} height @param {(count: number) => number} x @param {(seconds: number) => number} y */
function markOf({ peers, clientServer, p2p }, height, x, y) {
  const at = x(peers);
  const dot = (/** @type {string} */ kind, /** @type {number} */ seconds) =>
    svg('circle', { class: `dot ${kind}`, cx: at, cy: y(seconds), r: 7 });
  return [
    svg('line', { class: 'chosen', x1: at, x2: at, y1: MARGIN.top, y2: height - MARGIN.bottom }),
    dot('client-server', clientServer.seconds),
    dot('p2p', p2p.seconds),
  ];
}

/**
 * What was measured, with words beside it that do not lie on each other.
 * @param {readonly Measured[]} measured @param {(count: number) => number} x @param {(seconds: number) => number} y
 */
function measuredOf(measured, x, y) {
  let below = Number.POSITIVE_INFINITY;
  return measured
    .toSorted((a, b) => a.seconds - b.seconds)
    .flatMap(({ peers, seconds, text }) => {
      const at = { cx: x(peers), cy: y(seconds) };
      below = Math.min(at.cy + 5, below - LABEL_HEIGHT);
      return [
        svg('circle', { class: 'measured', ...at, r: 6 }),
        svg('text', { class: 'measured', x: at.cx + 13, y: below }, text),
      ];
    });
}

/** @param {string} text @param {string} kind @param {number} x @param {number} y */
function labelOf(text, kind, x, y) {
  return svg('text', { class: `label ${kind}`, x, y, 'text-anchor': 'end' }, text);
}

/**
 * Its words stand below the line where something was measured: that lies above it.
 * @param {number} ceiling @param {number} width @param {(seconds: number) => number} y @param {boolean} isBelow
 */
function ceilingOf(ceiling, width, y, isBelow) {
  const at = y(ceiling);
  const text = fill(words.p2p.time.curves.ceiling, duration(ceiling));
  const place = { x: width - MARGIN.right - 6, y: isBelow ? at + 22 : at - 7, 'text-anchor': 'end' };
  return [
    svg('line', { class: 'ceiling', x1: MARGIN.left, x2: width - MARGIN.right, y1: at, y2: at }),
    svg('text', { class: 'ceiling', ...place }, text),
  ];
}

/** @param {number} top @param {number} step @param {number} width @param {(seconds: number) => number} y */
function scaleOf(top, step, width, y) {
  return Array.from({ length: Math.round(top / step) + 1 }, (_, tick) => tick * step).flatMap((seconds) => [
    svg('line', { class: 'tick', x1: MARGIN.left, x2: width - MARGIN.right, y1: y(seconds), y2: y(seconds) }),
    svg(
      'text',
      { class: 'scale', x: MARGIN.left - 10, y: y(seconds) + 5, 'text-anchor': 'end' },
      seconds === 0 ? '0' : duration(seconds),
    ),
  ]);
}

/** @param {number} most @param {number} height @param {(count: number) => number} x */
function countsOf(most, height, x) {
  const step = Math.max(1, niceStep(most / 8));
  const counts = Array.from({ length: Math.floor(most / step) + 1 }, (_, tick) => tick * step);
  return counts.map((count) =>
    svg(
      'text',
      { class: 'scale', x: x(count), y: height - MARGIN.bottom + 20, 'text-anchor': 'middle' },
      count.toLocaleString(document.documentElement.lang),
    ),
  );
}

/** A step of a scale of times: 1, 2 or 5 times a power of ten, in the unit in which the times are told. @param {number} seconds */
function niceTime(seconds) {
  const unit = UNITS.findLast((one) => seconds * TICKS >= one * 2) ?? 1;
  return niceStep(seconds / unit) * unit;
}
