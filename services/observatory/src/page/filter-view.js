import { byId, element } from './element.js';
import { words } from './language.js';
import { protocolOf } from './report-list.js';

/** @import { Filter, Shown } from './report-list.js' */

/** How long somebody may go on typing before the list is filtered, in milliseconds. */
const TYPING_MS = 120;
/** Protocols that can be chosen from the beginning; others join them when their first message comes. */
const PROTOCOLS = ['dns', 'http', 'smtp', 'pop3', 'imap', 'bittorrent', 'uppercase'];

/** The line above the list: protocols, text, pause. */
export class FilterView {
  #box = byId('protocols', HTMLElement);
  #find = byId('find', HTMLInputElement);
  #pause = byId('pause', HTMLButtonElement);
  /** @type {Set<string>} */
  #known = new Set();
  /** @type {Set<string>} */
  #chosen = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typing;
  /** @type {(change: Partial<Filter>) => void} */
  onChange = () => {};
  /** @type {(paused: boolean) => void} */
  onPause = () => {};

  constructor() {
    for (const protocol of PROTOCOLS) this.#offer(protocol);
    byId('filter', HTMLFormElement).addEventListener('submit', (event) => event.preventDefault());
    this.#find.addEventListener('input', () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.onChange({ text: this.#find.value.trim().toLowerCase() }), TYPING_MS);
    });
    this.#pause.addEventListener('click', () => this.pause(!this.paused));
  }

  get paused() {
    return this.#pause.getAttribute('aria-pressed') === 'true';
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.#pause.setAttribute('aria-pressed', String(paused));
    this.#pause.textContent = paused ? words.resume : words.pause;
    this.onPause(paused);
  }

  focusFind() {
    this.#find.focus();
    this.#find.select();
  }

  /** Lets everything through again. */
  clear() {
    clearTimeout(this.#typing);
    this.#find.value = '';
    this.#chosen.clear();
    for (const button of this.#box.children) button.setAttribute('aria-pressed', 'false');
    this.onChange({ text: '', protocols: new Set() });
  }

  /** Offers the protocols of new reports. @param {readonly Shown[]} reports */
  learn(reports) {
    for (const report of reports) this.#offer(protocolOf(report));
  }

  /** @param {string} protocol */
  #offer(protocol) {
    if (this.#known.has(protocol)) return;
    this.#known.add(protocol);
    const button = element('button', 'button protocol', protocol);
    button.type = 'button';
    button.dataset.protocol = protocol;
    button.setAttribute('aria-pressed', 'false');
    button.addEventListener('click', () => {
      if (!this.#chosen.delete(protocol)) this.#chosen.add(protocol);
      button.setAttribute('aria-pressed', String(this.#chosen.has(protocol)));
      this.onChange({ protocols: new Set(this.#chosen) });
    });
    this.#box.append(button);
  }
}
