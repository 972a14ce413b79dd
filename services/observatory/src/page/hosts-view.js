import { byId } from './element.js';
import { fill, words } from './language.js';

/** @import { Endpoint } from '#shared/report.ts' */
/** @import { Shown } from './report-list.js' */
/** @typedef {'up' | 'trouble' | 'down' | 'not-asked' | 'asking'} Mark */
/**
 * @typedef {object} HostsAnswer what GET /api/hosts says
 * @property {number} labAheadMs
 * @property {string | null} reportTrouble
 * @property {{ name: string, health: { mark: Mark, reason: string | null } }[]} hosts
 */

/** Which host an address belongs to: people read names. */
export class Places {
  /** @type {Map<string, string>} */
  #names = new Map();

  constructor() {
    for (const button of document.querySelectorAll('[data-host]')) {
      if (button instanceof HTMLElement) this.#names.set(button.dataset.address ?? '', button.dataset.host ?? '');
    }
    // The gateway: what comes from outside of the lab, through a published port.
    this.#names.set(`${document.body.dataset.net}.0.1`, words.thisMachine);
    this.#names.set('127.0.0.1', words.thisMachine);
  }

  /** @param {string} address */
  name(address) {
    return this.#names.get(address) ?? address;
  }

  /** "resolver → root-a", or nothing for a decision that sent no message. @param {Shown} report */
  way({ from, to }) {
    if (from === undefined && to === undefined) return '';
    return `${this.#end(from)} → ${this.#end(to)}`;
  }

  /** @param {Endpoint | undefined} endpoint */
  #end(endpoint) {
    return endpoint === undefined ? '…' : this.name(endpoint.address);
  }
}

/** The hosts on the left: their health, and the choice of one of them. */
export class HostsView {
  #box = byId('hosts', HTMLElement);
  #all = byId('all-hosts', HTMLButtonElement);
  #up = byId('hosts-up', HTMLElement);
  /** @type {(host: string | null) => void} */
  onChoose = () => {};

  constructor() {
    this.#box.addEventListener('click', (event) => {
      const button = event.target instanceof Element ? event.target.closest('button') : null;
      if (button === null) return;
      const host = button.dataset.host ?? null;
      this.onChoose(button.getAttribute('aria-pressed') === 'true' ? null : host);
    });
  }

  /** Marks the host that the list is about. @param {string | null} host */
  choose(host) {
    for (const button of this.#buttons()) {
      button.setAttribute('aria-pressed', String(button.dataset.host === host));
    }
    this.#all.setAttribute('aria-pressed', String(host === null));
  }

  /** @param {HostsAnswer} answer */
  show(answer) {
    const health = new Map(answer.hosts.map((host) => [host.name, host.health]));
    for (const button of this.#buttons()) {
      const known = health.get(button.dataset.host ?? '');
      if (known !== undefined) this.#mark(button, known.mark, known.reason);
    }
    const asked = answer.hosts.filter((host) => host.health.mark !== 'not-asked');
    const up = asked.filter((host) => host.health.mark === 'up');
    this.#up.textContent = fill(words.hostsUp, up.length, asked.length);
  }

  /** @param {string | null} host */
  buttonOf(host) {
    return this.#buttons().find((button) => button.dataset.host === host) ?? null;
  }

  /** @returns {HTMLElement[]} */
  #buttons() {
    return [...this.#box.querySelectorAll('button[data-host]')].filter((button) => button instanceof HTMLElement);
  }

  /**
   * @param {HTMLElement} button
   * @param {Mark} mark
   * @param {string | null} reason
   */
  #mark(button, mark, reason) {
    const said = reason === null ? words.marks[mark] : `${words.marks[mark]}: ${reason}`;
    if (button.title === said && button.dataset.mark === mark) return;
    button.dataset.mark = mark;
    button.title = said;
    button.querySelector('svg')?.setAttribute('aria-label', said);
    button.querySelector('use')?.setAttribute('href', `#mark-${mark}`);
    const role = button.querySelector('.role');
    if (role !== null) role.textContent = reason === null ? (button.dataset.role ?? '') : said;
  }
}
