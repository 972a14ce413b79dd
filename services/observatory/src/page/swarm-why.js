import { element } from './element.js';
import { fill, words } from './language.js';
import { badgeMark } from './piece-map.js';

/** @import { Badge } from './peer-badges.js' */
/** @import { Entry, Group } from './swarm-entries.js' */

/** Entries that are listed; of more, the oldest are left out. */
const ENTRIES_MAX = 1_500;

/** What happened, and why: a list along which one can go step by step. */
export class WhyList {
  /** @type {Set<Group>} Groups that are not shown. */
  #hidden = new Set();
  #list = element('ol', 'entries');
  #chips = element('div', 'chips');
  box = element('div', 'why', this.#chips, this.#list);
  /** @type {readonly Entry[]} */
  #entries = [];
  /** @type {HTMLElement[]} */
  #items = [];
  #current = -1;
  #badgeOf;
  /** @type {(entry: Entry) => void} */
  onChoose = () => {};
  onFilter = () => {};

  /** @param {(address: string) => Badge} badgeOf */
  constructor(badgeOf) {
    this.#badgeOf = badgeOf;
    this.#chips.append(
      ...Object.entries(words.p2p.groups).map(([group, text]) => this.#chip(/** @type {Group} */ (group), text)),
    );
    this.#list.addEventListener('click', (event) => {
      const item = event.target instanceof Element ? event.target.closest('li') : null;
      const entry = item === null ? undefined : this.#entries[this.#items.indexOf(item)];
      if (entry !== undefined) this.onChoose(entry);
    });
  }

  get entries() {
    return this.#entries;
  }

  /** @param {Entry} entry */
  shows({ group }) {
    return !this.#hidden.has(group);
  }

  /** Draws the entries; those that are there already stay. @param {readonly Entry[]} all @param {number} begun when the round began */
  show(all, begun) {
    const entries = all.slice(-ENTRIES_MAX);
    const isSame = entries[0]?.fact === this.#entries[0]?.fact && entries.length >= this.#entries.length;
    const kept = isSame && this.#entries.at(-1)?.fact === entries[this.#entries.length - 1]?.fact ? this.#items : [];
    const fresh = entries.slice(kept.length).map((entry) => this.#item(entry, begun));
    if (kept.length === 0) this.#list.replaceChildren(...fresh);
    else this.#list.append(...fresh);
    this.#entries = entries;
    this.#items = [...kept, ...fresh];
    if (kept.length === 0) this.#current = -1;
    if (entries.length === 0) this.#list.replaceChildren(element('li', 'cut', words.p2p.whyNone));
  }

  /** Marks the last entry that has happened at `at`, and shows what is still to come paler. @param {number} at */
  mark(at) {
    const index = this.#entries.findLastIndex(({ fact }) => fact.at <= at);
    if (index === this.#current) return;
    this.#items[this.#current]?.removeAttribute('aria-current');
    const [low, high] = [Math.min(index, this.#current), Math.max(index, this.#current)];
    for (let place = Math.max(0, low); place <= high; place += 1)
      this.#items[place]?.classList.toggle('past', place <= index);
    this.#current = index;
    const item = this.#items[index];
    item?.setAttribute('aria-current', 'step');
    if (item !== undefined) this.#bringIntoView(item);
  }

  /** The entry that many steps from the last one that has happened. @param {number} at @param {number} by */
  step(at, by) {
    const index = this.#entries.findLastIndex(({ fact }) => fact.at <= at);
    return this.#entries[Math.min(this.#entries.length - 1, Math.max(0, index + by))];
  }

  /** Without moving anything but the list. @param {HTMLElement} item */
  #bringIntoView(item) {
    const box = this.#list.getBoundingClientRect();
    const place = item.getBoundingClientRect();
    if (place.top < box.top) this.#list.scrollTop -= box.top - place.top;
    else if (place.bottom > box.bottom) this.#list.scrollTop += place.bottom - box.bottom;
  }

  /** @param {Entry} entry @param {number} begun */
  #item({ fact, group, word, whom, piece }, begun) {
    const who = this.#badgeOf(fact.peer);
    const count = fact.kind === 'answered' ? fact.peers : (piece ?? '');
    const text = fill(words.p2p.happenings[word] ?? word, count);
    const ends = element('span', 'ends', badgeMark(who), who.name);
    // A piece came from the other one; everything else goes to it.
    const way = fact.kind === 'verified' || fact.kind === 'wrong' ? ' ← ' : ' → ';
    if (whom !== null) ends.append(way, badgeMark(this.#badgeOf(whom)), this.#badgeOf(whom).name);
    ends.append(' ', element('b', 'what', text));
    const item = element(
      'li',
      'entry',
      element('span', 'when', sinceOf(fact.at - begun)),
      ends,
      element('span', 'because', fact.because),
    );
    item.dataset.group = group;
    item.dataset.word = word;
    return item;
  }

  /** @param {Group} group @param {string} text */
  #chip(group, text) {
    const chip = element('button', 'chip', text);
    chip.type = 'button';
    chip.dataset.group = group;
    chip.setAttribute('aria-pressed', 'true');
    chip.addEventListener('click', () => {
      const isHidden = this.#hidden.has(group);
      if (isHidden) this.#hidden.delete(group);
      else this.#hidden.add(group);
      chip.setAttribute('aria-pressed', String(isHidden));
      this.onFilter();
    });
    return chip;
  }
}

/** @param {number} ms */
function sinceOf(ms) {
  return fill(words.p2p.seconds, `${ms < 0 ? '−' : ''}${(Math.abs(ms) / 1_000).toFixed(2)}`);
}
