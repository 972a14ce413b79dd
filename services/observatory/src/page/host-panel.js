import { cacheSection, serversSection } from './cache-tables.js';
import { byId, element } from './element.js';
import { askHost, tellHost } from './host-api.js';
import { fill, words } from './language.js';
import { mailboxSection, queueSection, sessionSection } from './mail-tables.js';
import { decisionsSection, goneSection, membersSection, neighboursSection, peerFacts } from './swarm-tables.js';
import { ZoneTables } from './zone-tables.js';

/** @import { Places } from './hosts-view.js' */
/** @import { CachedSet, AskedServer } from './cache-tables.js' */
/** @import { Journal, ServedZone } from './zone-tables.js' */
/** @import { CountedMailbox, ImapSession, Pop3Session, QueuedMessage } from './mail-tables.js' */
/** @import { PeerState, TrackedSwarm } from './swarm-tables.js' */
/**
 * @typedef {object} KnownState what GET /state of a resolver, a name server, a mail server or a tracker says, as far as it is drawn
 * @property {CachedSet[]} [cache]
 * @property {number} [cacheEntries]
 * @property {AskedServer[]} [servers]
 * @property {Record<string, number>} [rcodes]
 * @property {ServedZone[]} [zones]
 * @property {Journal[]} [journals]
 * @property {Record<string, number>} [outcomes]
 * @property {QueuedMessage[]} [queue]
 * @property {Record<string, CountedMailbox>} [mailboxes]
 * @property {{ pop3?: Pop3Session[], imap?: ImapSession[] }} [sessions]
 * @property {TrackedSwarm[]} [swarms]
 * @property {number} [intervalS]
 */
/** @typedef {KnownState & PeerState} HostState */

/** Pause between two questions about the host's state, in milliseconds: a class may look at one host. */
const PERIOD_MS = 2_000;

/** Programs whose hosts have something to show, and what a person can do to such a host. */
const LINKS = {
  resolver: (/** @type {string} */ host) => [
    linkTo(`/explain?server=${encodeURIComponent(host)}`, words.dns.explain),
    actionButton(host, 'flush', words.dns.flush),
  ],
  authoritative: () => [],
  mail: (/** @type {string} */ host) => [
    linkTo('/mail', words.mail.way),
    actionButton(host, 'flush', words.mail.retry),
    actionButton(host, 'hold', words.mail.hold),
    actionButton(host, 'release', words.mail.release),
  ],
  tracker: () => [linkTo('/p2p', words.p2p.way)],
  peer: (/** @type {string} */ host) => [
    linkTo('/p2p', words.p2p.way),
    actionButton(host, 'announce', words.p2p.announce),
    actionButton(host, 'start-over', words.p2p.startOver),
  ],
};

/**
 * What a host knows: the cache of a resolver, whose TTLs count down with the lab's clock, the zones of a name server, the queue
 * and the mailboxes of a mail server, the set of a tracker, the neighbours of a peer.
 */
export class HostPanel {
  #box = byId('host-panel', HTMLElement);
  #places;
  /** @type {string | null} */
  #host = null;
  #zones = new ZoneTables();
  /** @type {HTMLElement | null} What is drawn anew from time to time. */
  #body = null;
  onClose = () => {};
  /** How far lab time is ahead of this machine's, in milliseconds. */
  labAheadMs = 0;

  /** @param {Places} places */
  constructor(places) {
    this.#places = places;
  }

  get open() {
    return this.#host !== null;
  }

  /** Shows a host where it has something to show; nothing otherwise. @param {HTMLElement | null} button the host's, in the list */
  show(button) {
    this.#body = null;
    const program = button?.dataset.program ?? '';
    const linksOf = Object.entries(LINKS).find(([name]) => name === program)?.[1];
    this.#host = linksOf === undefined ? null : (button?.dataset.host ?? null);
    this.#box.hidden = this.#host === null;
    if (this.#host === null) {
      this.#box.replaceChildren();
      delete document.body.dataset.knows;
      return;
    }
    document.body.dataset.knows = this.#host;
    this.#zones.choose(this.#host);
    const body = element('div', 'host-body', element('p', 'cut', words.dns.asking));
    const role = element('p', 'role', button?.dataset.role ?? '', ...(linksOf?.(this.#host) ?? []));
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
   * @param {HostState | null} state
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

  /** @param {HostState} state */
  #sections(state) {
    const { cache, cacheEntries, servers, rcodes, zones, journals, outcomes, queue, mailboxes, sessions } = state;
    const sections = [...this.#swarmSections(state)];
    if (queue !== undefined) sections.push(queueSection(queue, Date.now() + this.labAheadMs));
    if (mailboxes !== undefined) sections.push(mailboxSection(mailboxes));
    if (sessions !== undefined) sections.push(sessionSection(sessions));
    if (zones !== undefined) sections.push(...this.#zones.sections(zones, journals ?? []));
    if (cache !== undefined) sections.push(cacheSection(cache, cacheEntries ?? cache.length));
    if (servers !== undefined) sections.push(serversSection(servers, this.#places));
    const counted = Object.entries(rcodes ?? outcomes ?? {});
    if (counted.length > 0) sections.push(counters(counted));
    return sections;
  }

  /** What a tracker and a peer know of their torrents. @param {HostState} state */
  #swarmSections(state) {
    const nameOf = (/** @type {string} */ address) => this.#places.name(address);
    const { swarms = [], intervalS = 0, neighbours, pieces, decisions = [] } = state;
    const tracked = swarms.map((swarm) => membersSection(swarm, intervalS, nameOf));
    if (neighbours === undefined || pieces === undefined) return tracked;
    const facts = element('section', '', element('h3', '', state.name ?? ''), peerFacts(state));
    const parts = [neighboursSection(neighbours, pieces.total, nameOf), decisionsSection(decisions, nameOf)];
    return [...tracked, facts, ...parts, goneSection(state, nameOf)];
  }
}

/**
 * @param {string} to
 * @param {string} text
 */
function linkTo(to, text) {
  const link = element('a', 'state-link', text);
  link.href = to;
  return link;
}

/**
 * @param {string} host
 * @param {string} action that needs no input
 * @param {string} text
 */
function actionButton(host, action, text) {
  const button = element('button', 'button', text);
  button.type = 'button';
  button.addEventListener('click', () => {
    void tellHost(host, action, {});
    // The panel is drawn again as soon as nothing in it has the focus.
    button.blur();
  });
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
