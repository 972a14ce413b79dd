import { element, inEnglish } from './element.js';
import { protocolOf } from './report-list.js';

/** @import { ReportList, Shown } from './report-list.js' */
/** @import { Places } from './hosts-view.js' */

/** Rows made beyond those that can be seen, above and below together. */
const SPARE_ROWS = 6;

/**
 * @typedef {object} Row
 * @property {HTMLElement} root
 * @property {number} seq number of the report that it shows, 0 for none
 * @property {Record<'time' | 'host' | 'kind' | 'way' | 'summary' | 'because', HTMLElement>} cells
 */

/** The time of day with milliseconds. @param {number} at */
export function timeOfDay(at) {
  const time = new Date(at);
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const ms = String(time.getMilliseconds()).padStart(3, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${ms}`;
}

/**
 * The live list. All rows have one height, and only those in sight exist: however many reports come, a frame costs the
 * same. It follows the newest until somebody scrolls back.
 */
export class ListView {
  #frame;
  #rowsBox;
  #list;
  #places;
  /** @type {Row[]} */
  #rows = [];
  #rowHeight = 1;
  #following = true;
  /** @type {number | null} */
  #selected = null;
  /** @type {(report: Shown) => void} */
  onSelect = () => {};
  onScroll = () => {};

  /**
   * @param {HTMLElement} frame
   * @param {HTMLElement} rowsBox
   * @param {ReportList} list
   * @param {Places} places
   */
  constructor(frame, rowsBox, list, places) {
    this.#frame = frame;
    this.#rowsBox = rowsBox;
    this.#list = list;
    this.#places = places;
    new ResizeObserver(() => this.#measure()).observe(frame);
    frame.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    frame.addEventListener('keydown', (event) => this.#keyPressed(event));
    rowsBox.addEventListener('click', (event) => this.#clicked(event));
  }

  get following() {
    return this.#following;
  }

  /** Visible reports below the last row in sight. */
  get below() {
    const bottom = Math.floor((this.#frame.scrollTop + this.#frame.clientHeight + 2) / this.#rowHeight);
    return Math.max(0, this.#list.visible.length - bottom);
  }

  follow() {
    this.#following = true;
    this.render();
  }

  /** @param {number | null} seq */
  select(seq) {
    this.#selected = seq;
    this.render();
  }

  /** Draws what is in sight. `gone` visible reports have left the front since the last time. */
  render(gone = 0) {
    const height = this.#list.visible.length * this.#rowHeight;
    const scrollTop = this.#frame.scrollTop;
    this.#rowsBox.style.height = `${height}px`;
    if (this.#following) this.#frame.scrollTop = height;
    else if (gone > 0) this.#frame.scrollTop = Math.max(0, scrollTop - gone * this.#rowHeight);
    this.#fillRows();
  }

  /** Keeps the first row in sight where it is while `change` makes other reports visible. @param {() => void} change */
  keepPlace(change) {
    const first = this.#list.visible[Math.floor(this.#frame.scrollTop / this.#rowHeight)];
    change();
    this.render();
    if (this.#following || first === undefined) return;
    this.#frame.scrollTop = this.#list.indexOf(first.seq) * this.#rowHeight;
    this.#fillRows();
  }

  #measure() {
    const probe = makeRow();
    this.#rowsBox.append(probe.root);
    this.#rowHeight = Math.max(1, probe.root.offsetHeight);
    probe.root.remove();
    const wanted = Math.ceil(this.#frame.clientHeight / this.#rowHeight) + SPARE_ROWS;
    for (const row of this.#rows.splice(wanted)) row.root.remove();
    while (this.#rows.length < wanted) {
      const row = makeRow();
      this.#rows.push(row);
      this.#rowsBox.append(row.root);
    }
    for (const row of this.#rows) row.seq = 0;
    this.render();
  }

  #fillRows() {
    const { visible } = this.#list;
    const count = this.#rows.length;
    const first = Math.max(0, Math.floor(this.#frame.scrollTop / this.#rowHeight) - SPARE_ROWS / 2);
    // A report keeps the element that it had, so that a frame only writes what is new.
    for (let index = first; index < first + count; index += 1) {
      const row = this.#rows[index % count];
      const report = visible[index];
      if (row !== undefined) this.#place(row, report, index);
    }
    const active = this.#selected !== null && document.getElementById(`report-${this.#selected}`) !== null;
    if (active) this.#frame.setAttribute('aria-activedescendant', `report-${this.#selected}`);
    else this.#frame.removeAttribute('aria-activedescendant');
  }

  /**
   * @param {Row} row
   * @param {Shown | undefined} report
   * @param {number} index
   */
  #place(row, report, index) {
    row.root.hidden = report === undefined;
    if (report === undefined) {
      row.seq = 0;
      row.root.removeAttribute('id');
      return;
    }
    row.root.style.transform = `translateY(${index * this.#rowHeight}px)`;
    row.root.setAttribute('aria-posinset', String(index + 1));
    row.root.setAttribute('aria-setsize', String(this.#list.visible.length));
    row.root.setAttribute('aria-selected', String(report.seq === this.#selected));
    if (row.seq !== report.seq) this.#write(row, report);
  }

  /**
   * @param {Row} row
   * @param {Shown} report
   */
  #write(row, report) {
    const { root, cells } = row;
    row.seq = report.seq;
    root.id = `report-${report.seq}`;
    cells.time.textContent = timeOfDay(report.at);
    cells.host.textContent = report.host;
    cells.kind.textContent = report.kind;
    cells.kind.dataset.protocol = protocolOf(report);
    cells.way.textContent = this.#places.way(report);
    cells.summary.textContent = report.summary;
    cells.because.textContent = report.because ?? '';
  }

  #scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.#frame;
    this.#following = scrollTop + clientHeight >= scrollHeight - this.#rowHeight / 2;
    this.#fillRows();
    this.onScroll();
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const root = event.target instanceof Element ? event.target.closest('.row') : null;
    const row = this.#rows.find((candidate) => candidate.root === root);
    if (row !== undefined) this.#choose(this.#list.indexOf(row.seq));
  }

  /** @param {KeyboardEvent} event */
  #keyPressed(event) {
    const step = this.#step(event.key);
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const last = this.#list.visible.length - 1;
    const current = this.#selected === null ? last + 1 : this.#list.indexOf(this.#selected);
    this.#choose(Math.min(last, Math.max(0, current + step)));
  }

  /** How far a key moves the selection. @param {string} key */
  #step(key) {
    const page = Math.max(1, Math.floor(this.#frame.clientHeight / this.#rowHeight) - 1);
    switch (key) {
      case 'ArrowUp':
        return -1;
      case 'ArrowDown':
        return 1;
      case 'PageUp':
        return -page;
      case 'PageDown':
        return page;
      case 'Home':
        return Number.NEGATIVE_INFINITY;
      case 'End':
        return Number.POSITIVE_INFINITY;
      default:
        return undefined;
    }
  }

  /** Selects the visible report at `index` and holds the list still there. @param {number} index */
  #choose(index) {
    const report = this.#list.visible[index];
    if (report === undefined) return;
    this.#selected = report.seq;
    this.#following = false;
    const top = index * this.#rowHeight;
    const { scrollTop, clientHeight } = this.#frame;
    if (top < scrollTop) this.#frame.scrollTop = top;
    else if (top + this.#rowHeight > scrollTop + clientHeight)
      this.#frame.scrollTop = top + this.#rowHeight - clientHeight;
    this.#fillRows();
    this.onSelect(report);
  }
}

/** @returns {Row} */
function makeRow() {
  const cells = {
    time: element('span', 'time'),
    host: element('span', 'at-host'),
    kind: element('span', 'kind'),
    way: element('span', 'way'),
    summary: inEnglish('span', 'summary'),
    because: inEnglish('span', 'because'),
  };
  const root = element('div', 'row');
  root.setAttribute('role', 'option');
  root.append(
    element('div', '', cells.time, cells.host),
    element('div', '', cells.kind, cells.way),
    element('div', '', cells.summary, cells.because),
  );
  return { root, seq: 0, cells };
}
