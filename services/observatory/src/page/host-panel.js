import { cacheSection, serversSection } from './cache-tables.js';
import { byId, element } from './element.js';
import { askHost, tellHost } from './host-api.js';
import { fill, words } from './language.js';
import { ZoneTables } from './zone-tables.js';

/** @import { Places } from './hosts-view.js' */
/** @import { CachedSet, AskedServer } from './cache-tables.js' */
/** @import { Journal, ServedZone } from './zone-tables.js' */
/**
 * @typedef {object} DnsState what GET /state of a resolver or of a name server says, as far as it is drawn
 * @property {CachedSet[]} [cache]
 * @property {number} [cacheEntries]
 * @property {AskedServer[]} [servers]
 * @property {Record<string, number>} [rcodes]
 * @property {ServedZone[]} [zones]
 * @property {Journal[]} [journals]
 * @property {Record<string, number>} [outcomes]
 */

/** Pause between two questions about the host's state, in milliseconds: a class may look at one host. */
const PERIOD_MS = 2_000;

/** What a host of DNS knows: the cache of a resolver, whose TTLs count down with the lab's clock, or the zones of a name server. */
export class HostPanel {
  #box = byId('host-panel', HTMLElement);
  #places;
  /** @type {string | null} */
  #host = null;
  #zones = new ZoneTables();
  /** @type {HTMLElement | null} What is drawn anew from time to time. */
  #body = null;
  onClose = () => {};

  /** @param {Places} places */
  constructor(places) {
    this.#places = places;
  }

  get open() {
    return this.#host !== null;
  }

  /** Shows a host where it is one of DNS; nothing otherwise. @param {HTMLElement | null} button the host's, in the list */
  show(button) {
    this.#body = null;
    const program = button?.dataset.program ?? '';
    this.#host = ['resolver', 'authoritative'].includes(program) ? (button?.dataset.host ?? null) : null;
    this.#box.hidden = this.#host === null;
    if (this.#host === null) {
      this.#box.replaceChildren();
      delete document.body.dataset.knows;
      return;
    }
    document.body.dataset.knows = this.#host;
    this.#zones.choose(this.#host);
    const body = element('div', 'host-body', element('p', 'cut', words.dns.asking));
    const links = program === 'resolver' ? [explainLink(this.#host), flushButton(this.#host)] : [];
    const role = element('p', 'role', button?.dataset.role ?? '', ...links);
    this.#box.replaceChildren(this.#heading(this.#host), role, body);
    this.#body = body;
    void this.#watch(this.#host, body);
  }

  close() {
    this.show(null);
    this.onClose();
  }

  /** @param {string} host */
  #heading(host) {
    const close = element('button', 'button', words.close);
    close.type = 'button';
    close.addEventListener('click', () => this.close());
    return element('header', '', element('div', 'line', element('h2', '', fill(words.dns.title, host)), close));
  }

  /**
   * Asks again and again, as long as `body` is what the panel shows; a page that nobody sees asks nothing.
   * @param {string} host
   * @param {HTMLElement} body
   */
  async #watch(host, body) {
    while (this.#body === body) {
      if (!document.hidden) this.#draw(await askHost(host, 'state'), body);
      await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
    }
  }

  /**
   * @param {DnsState | null} state
   * @param {HTMLElement} body
   */
  #draw(state, body) {
    // Somebody who is at a button of the panel, or marks text in it, is not disturbed.
    const marked = document.getSelection();
    const isMarking = marked !== null && !marked.isCollapsed && body.contains(marked.anchorNode);
    if (body.contains(document.activeElement) || isMarking) return;
    const top = this.#box.scrollTop;
    body.replaceChildren(...(state === null ? [element('p', 'cut', words.dns.noAnswer)] : this.#sections(state)));
    this.#box.scrollTop = top;
  }

  /** @param {DnsState} state */
  #sections({ cache, cacheEntries, servers, rcodes, zones, journals, outcomes }) {
    const sections = [];
    if (zones !== undefined) sections.push(...this.#zones.sections(zones, journals ?? []));
    if (cache !== undefined) sections.push(cacheSection(cache, cacheEntries ?? cache.length));
    if (servers !== undefined) sections.push(serversSection(servers, this.#places));
    const counted = Object.entries(rcodes ?? outcomes ?? {});
    if (counted.length > 0) sections.push(counters(counted));
    return sections;
  }
}

/** @param {string} host */
function explainLink(host) {
  const link = element('a', 'state-link', words.dns.explain);
  link.href = `/explain?server=${encodeURIComponent(host)}`;
  return link;
}

/** @param {string} host */
function flushButton(host) {
  const button = element('button', 'button', words.dns.flush);
  button.type = 'button';
  button.addEventListener('click', () => void tellHost(host, 'flush', {}));
  return button;
}

/** @param {readonly [string, unknown][]} counted */
function counters(counted) {
  const list = element('dl', 'counters');
  for (const [name, count] of counted) {
    list.append(element('div', '', element('dt', '', name), element('dd', '', String(count))));
  }
  return element('section', '', element('h3', '', words.dns.counters), list);
}
