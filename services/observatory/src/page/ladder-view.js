import { byId, element, inEnglish } from './element.js';
import { words } from './language.js';

/**
 * @typedef {object} Head one who takes part
 * @property {string} place what it is, which gives it its colour
 * @property {string} title
 * @property {string} name of its host
 * @property {string} code what stands below, or nothing
 */
/**
 * @typedef {object} DrawnRung
 * @property {'query' | 'reply' | 'silence' | 'mark'} kind an arrow there, an arrow back, one that never came, a decision
 * @property {number} from column of its sender, or of who decides
 * @property {number} to
 * @property {string} text
 * @property {string} because
 * @property {string} when
 * @property {boolean} isHit whether it is what everybody hoped for
 * @property {number} depth more than 0 for what is done on the way to something else
 */
/** @typedef {{ heads: Head[], rungs: DrawnRung[] }} Drawing */

/**
 * The ladder: a column with a line of life for each who takes part, a rung for each step. It shows all rungs, or those up
 * to the current one: what comes is then still to be guessed.
 */
export class LadderView {
  #box = byId('ladder', HTMLElement);
  /** @type {HTMLElement[]} */
  #rungs = [];
  #current = -1;
  /** @type {(index: number) => void} */
  onStep = () => {};

  get current() {
    return this.#current;
  }

  get length() {
    return this.#rungs.length;
  }

  /** @param {Drawing} drawing */
  show({ heads, rungs }) {
    const list = element('ol', 'rungs');
    this.#rungs = rungs.map((rung, index) => this.#rung(rung, index, heads, rungs[index - 1]));
    list.append(...this.#rungs);
    list.setAttribute('aria-label', words.explain.ladder);
    this.#box.style.setProperty('--columns', String(heads.length));
    this.#box.replaceChildren(headsOf(heads), list);
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

  /**
   * @param {DrawnRung} rung
   * @param {number} index
   * @param {readonly Head[]} heads
   * @param {DrawnRung | undefined} before
   */
  #rung(rung, index, heads, before) {
    // A choice and the query that follows it have one reason: it is told once.
    const because = rung.because === before?.because ? '' : rung.because;
    const text = element('span', 'words', rung.text);
    const drawn = element('span', 'drawn', text);
    const first = Math.min(rung.from, rung.to);
    const span = Math.abs(rung.from - rung.to) + 1;
    drawn.style.setProperty('--first', String(first + 1));
    drawn.style.setProperty('--span', String(span));
    drawn.dataset.way = rung.to === rung.from ? 'none' : rung.to > rung.from ? 'right' : 'left';
    // Words begin where there is more room: a rung of the right half is written to its right end. A decision has no width
    // of its own: it is written to the side that is wider.
    const middle = first + span / 2;
    const isOfRightHalf = span === 1 ? middle > heads.length / 2 : middle > heads.length / 2 + 0.5;
    drawn.dataset.anchor = isOfRightHalf ? 'end' : 'start';
    const button = element(
      'button',
      'rung-button',
      element('span', 'number', String(index + 1)),
      element('span', 'way', wayOf(rung, heads)),
      element('span', 'lanes', drawn),
      element('span', 'why', element('span', 'when', rung.when), inEnglish('span', '', because)),
    );
    button.type = 'button';
    button.addEventListener('click', () => this.onStep(index));
    const item = element('li', rung.isHit ? 'hit' : '', button);
    item.dataset.kind = rung.kind;
    item.dataset.depth = String(Math.min(3, rung.depth));
    return item;
  }
}

/** @param {readonly Head[]} heads */
function headsOf(heads) {
  const drawn = heads.map(({ place, title, name, code }) => {
    const head = element('div', 'head', element('b', '', title), element('span', '', name));
    head.dataset.place = place;
    if (code !== '') head.append(element('code', '', code));
    return head;
  });
  return element('div', 'heads', ...drawn);
}

/**
 * Who says it to whom: read out by a screen reader, and all that a narrow window has room for.
 * @param {DrawnRung} rung
 * @param {readonly Head[]} heads
 */
function wayOf({ from, to }, heads) {
  const name = (/** @type {number} */ at) => heads[at]?.name ?? '';
  return from === to ? name(from) : `${name(from)} → ${name(to)}`;
}
