import { BitsView, wireOf } from './bits-view.js';
import { byId, element, inEnglish } from './element.js';
import { fieldTable } from './field-table.js';
import { fill, words } from './language.js';
import { timeOfDay } from './list-view.js';
import { protocolOf } from './report-list.js';

/** @import { Endpoint } from '#shared/report.ts' */
/** @import { Shown } from './report-list.js' */
/** @import { Places } from './hosts-view.js' */
/** @typedef {{ exchange: string, cause: string | null, depth: number, reports: Shown[] }} Link */

/** Pause before the chain is asked for, in milliseconds: somebody who walks with the arrow keys does not stop at each. */
const CHAIN_PAUSE_MS = 100;
/** Steps of the chain beyond which it is indented no further. */
const INDENT_MAX = 6;

/** One message in full: its fields, and what caused it and what it caused. */
export class DetailsView {
  #box = byId('details', HTMLElement);
  #places;
  /** @type {Shown | null} */
  #shown = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;
  #bits = new BitsView();
  /** Whether DNS messages are shown bit by bit; it stays so from one message to the next. */
  #wantsBits = false;
  onClose = () => {};

  /** @param {Places} places */
  constructor(places) {
    this.#places = places;
  }

  get open() {
    return this.#shown !== null;
  }

  /** @param {Shown} report */
  show(report) {
    this.#shown = report;
    const chain = element('section', 'chain', element('h3', '', words.chain));
    const wire = this.#wantsBits ? wireOf(report.message) : null;
    const inside = wire === null ? fieldsOf(report) : this.#bits.element;
    this.#bits.clear();
    this.#box.replaceChildren(this.#heading(report), this.#facts(report), inside, chain);
    this.#box.scrollTop = 0;
    this.#box.hidden = false;
    document.body.dataset.details = wire === null ? 'open' : 'bits';
    if (wire !== null) void this.#bits.show(wire);
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => void this.#addChain(report, chain), CHAIN_PAUSE_MS);
  }

  close() {
    clearTimeout(this.#pause);
    this.#shown = null;
    this.#box.hidden = true;
    delete document.body.dataset.details;
    this.onClose();
  }

  /** Shows a DNS message bit by bit, or by its fields again. */
  toggleBits() {
    if (this.#shown === null || wireOf(this.#shown.message) === null) return;
    this.#wantsBits = !this.#wantsBits;
    this.show(this.#shown);
  }

  /** @param {Shown} report */
  #heading(report) {
    const close = element('button', 'button', words.close);
    close.type = 'button';
    close.addEventListener('click', () => this.close());
    const kind = element('span', 'kind', report.kind);
    kind.dataset.protocol = protocolOf(report);
    const buttons = element('div', 'buttons', ...(wireOf(report.message) === null ? [] : [this.#bitsButton()]), close);
    return element('header', '', element('div', 'line', kind, buttons), inEnglish('h2', '', report.summary));
  }

  #bitsButton() {
    const button = element('button', 'button to-bits', this.#wantsBits ? words.bits.hide : words.bits.show);
    button.type = 'button';
    button.setAttribute('aria-keyshortcuts', 'b');
    button.addEventListener('click', () => {
      this.toggleBits();
      // The button is another one now; who walks by keys goes on where they were.
      const again = this.#box.querySelector('.to-bits');
      if (again instanceof HTMLElement) again.focus();
    });
    return button;
  }

  /** @param {Shown} report */
  #facts(report) {
    const because = report.because === undefined ? [] : [inEnglish('p', 'reason', report.because)];
    const list = element('dl', 'facts');
    /** @type {[string, string | Node | undefined][]} */
    const facts = [
      [words.from, this.#end(report.from)],
      [words.to, this.#end(report.to)],
      [words.time, timeOfDay(report.at)],
      [words.host, this.#hostLink(report.host)],
      [words.process, `${report.program} ${report.pid}`],
      [words.exchange, report.exchange],
      [words.cause, report.cause],
    ];
    for (const [name, value] of facts) {
      if (value !== undefined) list.append(element('dt', '', name), element('dd', '', value));
    }
    return element('section', '', ...because, list);
  }

  /** @param {Endpoint | undefined} endpoint */
  #end(endpoint) {
    if (endpoint === undefined) return undefined;
    const address = element('code', '', `${endpoint.address}:${endpoint.port}`);
    return element('span', '', element('b', '', this.#places.name(endpoint.address)), ' ', address);
  }

  /** @param {string} host */
  #hostLink(host) {
    const link = element('a', 'state-link', fill(words.state, host));
    link.href = `/api/hosts/${encodeURIComponent(host)}/state`;
    link.target = '_blank';
    return element('span', '', element('b', '', host), ' ', link);
  }

  /**
   * @param {Shown} report
   * @param {HTMLElement} section
   */
  async #addChain(report, section) {
    const response = await fetch(`/api/exchanges/${encodeURIComponent(report.exchange)}`).catch(() => null);
    if (this.#shown !== report) return;
    /** @type {Link[]} */
    const found = response?.ok ? (await response.json()).chain : [];
    if (this.#shown !== report) return;
    const links = found.length > 0 ? found : [{ exchange: report.exchange, cause: null, depth: 0, reports: [report] }];
    if (links.length === 1) section.append(element('p', '', words.chainAlone));
    for (const link of links) {
      if (link.reports.length === 0)
        section.append(element('p', '', element('code', '', link.exchange), ` ${words.notHeld}`));
    }
    section.append(element('ol', '', ...this.#story(links, report)));
  }

  /**
   * The messages of all exchanges in the order of time, each as far to the right as its exchange is from the first cause.
   * @param {readonly Link[]} links
   * @param {Shown} current
   */
  #story(links, current) {
    const told = links.flatMap(({ depth, reports }) => reports.map((report) => ({ depth, report })));
    told.sort((one, other) => one.report.at - other.report.at || one.report.seq - other.report.seq);
    const begun = told[0]?.report.at ?? 0;
    return told.map(({ depth, report }) => {
      const item = element(
        'li',
        report.exchange === current.exchange ? 'same' : '',
        this.#step(report, begun, current),
      );
      item.dataset.depth = String(Math.min(INDENT_MAX, depth));
      return item;
    });
  }

  /**
   * @param {Shown} report
   * @param {number} begun
   * @param {Shown} current
   */
  #step(report, begun, current) {
    const offset = element('span', 'time', `+${(report.at - begun).toFixed(1)} ms`);
    const kind = element('span', 'kind', report.kind);
    kind.dataset.protocol = protocolOf(report);
    const way = element('span', 'way', this.#places.way(report) || report.host);
    const button = element('button', 'step', offset, kind, way, inEnglish('span', 'summary', report.summary));
    button.type = 'button';
    if (report.seq === current.seq) button.setAttribute('aria-current', 'true');
    button.addEventListener('click', () => this.show(report));
    return button;
  }
}

/** The fields of the message, without its octets: those are to be seen as bits. @param {Shown} report */
function fieldsOf(report) {
  const fields = Object.entries(report.message ?? {}).filter(([name]) => name !== 'wire');
  if (fields.length === 0) return element('section');
  return element('section', '', element('h3', '', words.fields), fieldTable(Object.fromEntries(fields)));
}
