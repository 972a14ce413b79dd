import { byId } from './element.js';
import { fill, words } from './language.js';

/** @import { LadderView } from './ladder-view.js' */

/** The buttons and keys that go along a ladder step by step; what comes is then still to be guessed. */
export class LadderSteps {
  #box = byId('steps', HTMLElement);
  #stepOf = byId('step-of', HTMLElement);
  #view;
  /** Called with the step that is looked at, or -1 for all of them. @type {(index: number, isLast: boolean) => void} */
  onStep = () => {};

  /** @param {LadderView} view */
  constructor(view) {
    this.#view = view;
    view.onStep = (index) => this.#go(index, false);
    this.#button('first', () => this.#go(0, true));
    this.#button('previous', () => this.#go(Math.max(0, view.current - 1), true));
    this.#button('next', () => this.#go(view.current + 1, true));
    this.#button('all', () => this.all());
    document.addEventListener('keydown', (event) => this.#onKey(event));
  }

  /** A ladder is there to be walked. */
  show() {
    this.#box.hidden = false;
    this.#tell();
  }

  hide() {
    this.#box.hidden = true;
  }

  all() {
    this.#view.all();
    this.#view.select(-1);
    this.onStep(-1, true);
    this.#tell();
  }

  /** @param {number} index @param {boolean} onlyUpTo hides what comes after it */
  #go(index, onlyUpTo) {
    if (index >= this.#view.length) return;
    if (onlyUpTo) this.#view.upTo(index);
    else this.#view.select(index);
    this.onStep(index, !onlyUpTo || index === this.#view.length - 1);
    this.#tell();
  }

  #tell() {
    const { current, length } = this.#view;
    this.#stepOf.textContent = current < 0 ? '' : fill(words.explain.step, current + 1, length);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const isElsewhere = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (isElsewhere || event.ctrlKey || event.metaKey || event.altKey || this.#box.hidden) return;
    const way = { ArrowRight: this.#view.current + 1, ArrowLeft: Math.max(0, this.#view.current - 1), Home: 0 }[
      event.key
    ];
    if (way !== undefined) this.#go(way, true);
    else if (event.key === 'End' || event.key === 'Escape') this.all();
    else return;
    event.preventDefault();
  }

  /** @param {string} id @param {() => void} onClick */
  #button(id, onClick) {
    byId(id, HTMLButtonElement).addEventListener('click', onClick);
  }
}
