/**
 * The lines from compression pointers to what they stand for. A line leaves its pointer below, runs up the margin and
 * comes to its target from below; pointers to one place share their way up. All lines are there, quietly; the one whose
 * pointer has the mouse or the focus is lit, and so are the labels that the pointer stands for.
 */
const SVG = 'http://www.w3.org/2000/svg';
/** Ways up the margin, and the room of each, in pixels. */
const LANES = 6;
const LANE_PX = 7;
/** How far below an octet its line runs, in pixels. */
const BELOW_PX = 5;

/** @typedef {{ pointer: HTMLElement, target: HTMLElement, path: SVGPathElement, lane: number }} Line */

export class PointerLines {
  #box;
  #svg = document.createElementNS(SVG, 'svg');
  /** @type {Line[]} */
  #lines = [];
  #watch = new ResizeObserver(() => this.#place());

  /** @param {HTMLElement} box what holds pointers and targets */
  constructor(box) {
    this.#box = box;
    this.#svg.setAttribute('class', 'pointer-lines');
    this.#svg.setAttribute('aria-hidden', 'true');
    this.#svg.append(arrowHead());
    box.append(this.#svg);
    for (const pointer of box.querySelectorAll('button[data-points-to]')) {
      if (pointer instanceof HTMLElement) this.#connect(pointer);
    }
    this.#watch.observe(box);
  }

  stop() {
    this.#watch.disconnect();
  }

  /** @param {HTMLElement} pointer */
  #connect(pointer) {
    const offset = pointer.dataset.pointsTo;
    const target = this.#box.querySelector(`.chip[data-offset="${offset}"]`);
    // A pointer into the middle of something, or forward: there is nothing that it could be drawn to.
    if (!(target instanceof HTMLElement) || target === pointer) return;
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('marker-end', 'url(#pointer-head)');
    const known = this.#lines.find((line) => line.target === target);
    const targets = new Set(this.#lines.map((line) => line.target));
    this.#lines.push({ pointer, target, path, lane: known?.lane ?? targets.size % LANES });
    this.#svg.append(path);
    for (const [begin, end] of [
      ['pointerenter', 'pointerleave'],
      ['focus', 'blur'],
    ]) {
      pointer.addEventListener(begin ?? '', () => this.#light(pointer, true));
      pointer.addEventListener(end ?? '', () => this.#light(pointer, false));
    }
    pointer.addEventListener('click', () => target.scrollIntoView({ block: 'center' }));
  }

  /**
   * @param {HTMLElement} pointer
   * @param {boolean} isLit
   */
  #light(pointer, isLit) {
    const line = this.#lines.find((candidate) => candidate.pointer === pointer);
    if (line === undefined) return;
    line.path.classList.toggle('lit', isLit);
    // The lit line lies above the others.
    if (isLit) this.#svg.append(line.path);
    for (let chip = line.target; ; ) {
      chip.classList.toggle('lit', isLit);
      const next = chip.nextElementSibling;
      if (!(next instanceof HTMLElement)) break;
      chip = next;
    }
  }

  #place() {
    const box = this.#box.getBoundingClientRect();
    for (const { pointer, target, path, lane } of this.#lines) {
      const from = pointer.getBoundingClientRect();
      const to = target.getBoundingClientRect();
      const x = (lane + 0.5) * LANE_PX;
      const [fromX, fromY] = [from.left + from.width / 2 - box.left, from.bottom - box.top];
      const [toX, toY] = [to.left + to.width / 2 - box.left, to.bottom - box.top];
      const below = [`M${fromX} ${fromY}`, `V${fromY + BELOW_PX}`, `H${x}`, `V${toY + BELOW_PX + 2}`];
      path.setAttribute('d', [...below, `H${toX}`, `V${toY + 1}`].join(''));
    }
  }
}

function arrowHead() {
  const marker = document.createElementNS(SVG, 'marker');
  const shape = document.createElementNS(SVG, 'path');
  const attributes = {
    id: 'pointer-head',
    viewBox: '0 0 8 8',
    refX: '5',
    refY: '4',
    markerWidth: '5',
    markerHeight: '5',
  };
  for (const [name, value] of Object.entries({ ...attributes, orient: 'auto' })) marker.setAttribute(name, value);
  shape.setAttribute('d', 'M0 0 8 4 0 8Z');
  marker.append(shape);
  const definitions = document.createElementNS(SVG, 'defs');
  definitions.append(marker);
  return definitions;
}
