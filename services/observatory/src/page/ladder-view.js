import { byId, element } from './element.js';
import { fill, words } from './language.js';

/** @import { Column, Ladder, Rung } from './ladder.js' */
/** @import { Places } from './hosts-view.js' */

/**
 * The ladder: a column with a line of life for each who takes part, a rung for each step. It shows all rungs, or those up
 * to the current one: what comes is then still to be guessed.
 */
export class LadderView {
  #box = byId('ladder', HTMLElement);
  #places;
  /** @type {HTMLElement[]} */
  #rungs = [];
  #current = -1;
  /** @type {(index: number) => void} */
  onStep = () => {};

  /** @param {Places} places */
  constructor(places) {
    this.#places = places;
  }

  get current() {
    return this.#current;
  }

  get length() {
    return this.#rungs.length;
  }

  /** @param {Ladder} ladder */
  show({ columns, rungs }) {
    const list = element('ol', 'rungs');
    this.#rungs = rungs.map((rung, index) => this.#rung(rung, index, columns, rungs[index - 1]));
    list.append(...this.#rungs);
    list.setAttribute('aria-label', words.explain.ladder);
    this.#box.style.setProperty('--columns', String(columns.length));
    this.#box.replaceChildren(this.#heads(columns), list);
    this.#current = -1;
    this.all();
  }

  /** Shows every rung. */
  all() {
    for (const rung of this.#rungs) rung.hidden = false;
  }

  /** Shows the rungs up to this one. @param {number} index */
  upTo(index) {
    for (const [at, rung] of this.#rungs.entries()) rung.hidden = at > index;
    this.select(index);
  }

  /** @param {number} index */
  select(index) {
    this.#rungs[this.#current]?.querySelector('button')?.removeAttribute('aria-current');
    this.#current = index;
    const rung = this.#rungs[index];
    rung?.querySelector('button')?.setAttribute('aria-current', 'step');
    rung?.scrollIntoView({ block: 'nearest' });
  }

  /** @param {readonly Column[]} columns */
  #heads(columns) {
    const heads = columns.map((column) => {
      const head = element('div', 'head', element('b', '', words.explain.columns[column.place]));
      head.dataset.place = column.place;
      head.append(element('span', '', this.#nameOf(column)));
      if (column.name !== '') head.append(element('code', '', column.name));
      return head;
    });
    return element('div', 'heads', ...heads);
  }

  /** @param {Column} column */
  #nameOf({ place, address }) {
    if (address === '') return words.explain.thisPage;
    const name = this.#places.name(address);
    return place === 'client' ? fill(words.explain.walker, name) : name;
  }

  /**
   * @param {Rung} rung
   * @param {number} index
   * @param {readonly Column[]} columns
   * @param {Rung | undefined} before
   */
  #rung(rung, index, columns, before) {
    const { step, says } = rung;
    // A choice and the query that follows it have one reason: it is told once.
    const because = step.because === before?.step.because ? '' : step.because;
    const text = element('span', 'words', fill(words.explain.says[says.key], says.n, says.m));
    const drawn = element('span', 'drawn', text);
    const first = Math.min(rung.from, rung.to);
    const span = Math.abs(rung.from - rung.to) + 1;
    drawn.style.setProperty('--first', String(first + 1));
    drawn.style.setProperty('--span', String(span));
    drawn.dataset.way = rung.to === rung.from ? 'none' : rung.to > rung.from ? 'right' : 'left';
    // Words begin where there is more room: a rung of the right half is written to its right end.
    drawn.dataset.anchor = first + span / 2 > columns.length / 2 + 0.5 ? 'end' : 'start';
    const button = element(
      'button',
      'rung-button',
      element('span', 'number', String(index + 1)),
      element('span', 'way', this.#way(rung, columns)),
      element('span', 'lanes', drawn),
      element('span', 'why', element('span', 'when', when(step)), because),
    );
    button.type = 'button';
    button.addEventListener('click', () => this.onStep(index));
    const item = element('li', rung.isHit ? 'hit' : '', button);
    item.dataset.kind = rung.kind;
    item.dataset.step = step.kind;
    item.dataset.depth = String(Math.min(3, step.depth));
    return item;
  }

  /**
   * Who says it to whom: read out by a screen reader, and all that a narrow window has room for.
   * @param {Rung} rung
   * @param {readonly Column[]} columns
   */
  #way({ from, to }, columns) {
    const name = (/** @type {number} */ at) => {
      const column = columns[at];
      return column === undefined ? '' : this.#nameOf(column);
    };
    return from === to ? name(from) : `${name(from)} → ${name(to)}`;
  }
}

/** When it was, and how long a reply took. @param {Rung['step']} step */
function when({ atMs, elapsedMs }) {
  const at = `+${rounded(atMs)} ms`;
  return elapsedMs === undefined ? at : `${at} (${rounded(elapsedMs)} ms)`;
}

/** Milliseconds with one decimal place, where there is something to tell. @param {number} ms */
function rounded(ms) {
  return Math.round(ms * 10) / 10;
}
