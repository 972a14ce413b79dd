import { element, inEnglish } from './element.js';
import { fill, words } from './language.js';
import { badgeMark } from './piece-map.js';

/** @import { Badge } from './peer-badges.js' */
/** @import { Entry, Group } from './swarm-entries.js' */

/** Entries that are drawn at once, around the one that is marked; more come when somebody scrolls to an end of the list. */
const DRAWN = 300;
/** From so many on those at the other end go. */
const DRAWN_MAX = 900;
/** How near to an end of the list somebody must have scrolled, in CSS pixels. */
const NEAR_PX = 200;

/**
 * Entries that were never in view have a height that is guessed, and take their own when they come into view: then the list is moved
 * once more, until it has stayed where it is for so many frames.
 */
const STILL_FRAMES = 3;
/** However often entries take their own height: somebody who scrolls is not held up for longer. */
const FOLLOW_FRAMES_MAX = 40;

/** What happened, and why: a list along which one can go step by step. */
export class WhyList {
  /** @type {Set<Group>} Groups that are not shown. */
  #hidden = new Set();
  #list = element('ol', 'entries');
  #chips = element('div', 'chips');
  box = element('div', 'why', this.#chips, this.#list);
  /** @type {readonly Entry[]} */
  #entries = [];
  /** @type {HTMLElement[]} Of the entries from #start on. */
  #items = [];
  #start = 0;
  /** The entry that is marked. */
  #current = -1;
  #begun = 0;
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
      const entry = item === null ? undefined : this.#entries[this.#start + this.#items.indexOf(item)];
      if (entry !== undefined) this.onChoose(entry);
    });
    this.#list.addEventListener('scroll', () => this.#drawMore(), { passive: true });
  }

  get entries() {
    return this.#entries;
  }

  /** @param {Entry} entry */
  shows({ group }) {
    return !this.#hidden.has(group);
  }

  /** @param {readonly Entry[]} entries of the round @param {number} begun when the round began */
  show(entries, begun) {
    const first = entries[this.#start];
    const isSame = first !== undefined && first.fact === this.#entries[this.#start]?.fact && begun === this.#begun;
    const drawnTo = this.#start + this.#items.length - 1;
    const wasAtEnd = drawnTo >= this.#entries.length - 1;
    const isKept = isSame && this.#entries[drawnTo]?.fact === entries[drawnTo]?.fact;
    this.#entries = entries;
    this.#begun = begun;
    if (!isKept) this.#drawAround(entries.length);
    else if (wasAtEnd) this.#append(entries.length - drawnTo - 1);
    if (entries.length === 0) this.#list.replaceChildren(element('li', 'cut', words.p2p.whyNone));
  }

  /** Marks the last entry that has happened at `at`, and shows what is still to come paler. @param {number} at */
  mark(at) {
    const index = this.#entries.findLastIndex(({ fact }) => fact.at <= at);
    if (index === this.#current) return;
    const drawnTo = this.#start + this.#items.length;
    if (index >= drawnTo && index - drawnTo < DRAWN / 2) this.#append(index - drawnTo + DRAWN / 2);
    else if (index >= 0 && (index < this.#start || index >= drawnTo)) this.#drawAround(index);
    this.#items[this.#current - this.#start]?.removeAttribute('aria-current');
    const [low, high] = [Math.min(index, this.#current), Math.max(index, this.#current)];
    for (let place = Math.max(this.#start, low); place <= high; place += 1)
      this.#items[place - this.#start]?.classList.toggle('past', place <= index);
    this.#current = index;
    const item = this.#items[index - this.#start];
    item?.setAttribute('aria-current', 'step');
    if (item !== undefined) this.#follow(item, { frames: FOLLOW_FRAMES_MAX, still: 0, isLeap: false });
  }

  /**
   * Brings an entry into view where nothing has to be laid out for it: at the beginning of the next frames.
   * @param {HTMLElement} item
   * @param {{ frames: number, still: number, isLeap: boolean }} rest
   */
  #follow(item, { frames, still, isLeap }) {
    requestAnimationFrame(() => {
      if (this.#items[this.#current - this.#start] !== item) return;
      const { above, below, height } = this.#outOfView(item);
      const leaps = isLeap || Math.max(above, below) > height;
      // After a leap it is in the middle, between what led to it and what follows; after a step the list moves no more than it has to.
      const by = leaps ? (below - above) / 2 : above > 0 ? -above : Math.max(0, below);
      const before = this.#list.scrollTop;
      this.#list.scrollTop += by;
      const stays = this.#list.scrollTop === before ? still + 1 : 0;
      if (frames > 1 && stays < STILL_FRAMES) this.#follow(item, { frames: frames - 1, still: stays, isLeap: leaps });
    });
  }

  /** The entry that many steps from the last one that has happened. @param {number} at @param {number} by */
  step(at, by) {
    const index = this.#entries.findLastIndex(({ fact }) => fact.at <= at);
    return this.#entries[Math.min(this.#entries.length - 1, Math.max(0, index + by))];
  }

  /** @param {number} index */
  #drawAround(index) {
    const from = Math.max(0, Math.min(index - DRAWN / 2, this.#entries.length - DRAWN));
    this.#start = from;
    this.#current = -1;
    this.#items = this.#made(from, from + DRAWN);
    this.#list.replaceChildren(...this.#items);
  }

  /** @param {number} count of entries that follow on those that are drawn */
  #append(count) {
    const from = this.#start + this.#items.length;
    if (count > DRAWN) return this.#drawAround(from + count);
    const fresh = this.#made(from, Math.min(from + count, this.#entries.length));
    this.#list.append(...fresh);
    this.#items.push(...fresh);
    if (this.#items.length <= DRAWN_MAX) return;
    const gone = this.#items.splice(0, this.#items.length - DRAWN);
    for (const item of gone) item.remove();
    this.#start += gone.length;
  }

  /** Somebody looks further than what is drawn. */
  #drawMore() {
    const { scrollTop, scrollHeight, clientHeight } = this.#list;
    if (scrollHeight - clientHeight - scrollTop < NEAR_PX) {
      const left = this.#entries.length - this.#start - this.#items.length;
      if (left > 0) this.#inPlace(this.#items.at(-1), () => this.#append(Math.min(left, DRAWN / 2)));
    } else if (scrollTop < NEAR_PX && this.#start > 0) this.#inPlace(this.#items[0], () => this.#prepend());
  }

  /** Entries before those that are drawn; those at the other end go. */
  #prepend() {
    const from = Math.max(0, this.#start - DRAWN / 2);
    const fresh = this.#made(from, this.#start);
    this.#list.prepend(...fresh);
    this.#items.unshift(...fresh);
    this.#start = from;
    if (this.#items.length > DRAWN_MAX) for (const item of this.#items.splice(DRAWN)) item.remove();
  }

  /** What is looked at stays where it is, whatever comes or goes before it. @param {HTMLElement | undefined} item @param {() => void} change */
  #inPlace(item, change) {
    const before = item?.getBoundingClientRect().top ?? 0;
    change();
    if (item?.isConnected === true) this.#list.scrollTop += item.getBoundingClientRect().top - before;
  }

  /** How far an item reaches out of the list at both ends; less than nothing where it does not. @param {HTMLElement} item */
  #outOfView(item) {
    const { top, bottom, height } = this.#list.getBoundingClientRect();
    const place = item.getBoundingClientRect();
    return { above: top - place.top, below: place.bottom - bottom, height };
  }

  /** Items of the entries from `from` up to, but not including, `to`. @param {number} from @param {number} to */
  #made(from, to) {
    return this.#entries.slice(from, to).map((entry, at) => {
      const item = this.#item(entry);
      item.classList.toggle('past', from + at <= this.#current);
      return item;
    });
  }

  /** @param {Entry} entry */
  #item({ fact, group, word, whom, piece }) {
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
      element('span', 'when', sinceOf(fact.at - this.#begun)),
      ends,
      inEnglish('span', 'because', fact.because),
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
