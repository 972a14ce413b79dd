/** @import { Report } from '#shared/report.ts' */
/** @typedef {Report & { readonly seq: number }} Shown a report as the API gives it */
/** @typedef {{ host: string | null, protocols: ReadonlySet<string>, text: string }} Filter */

/** Reports that the page keeps; older ones go. */
export const KEPT_MAX = 5_000;
/** The kept list is cut when it is this much too long, so that it is not moved for every single report. */
const SLACK = 500;

/** The protocol of a report: the first word of its kind. @param {Shown} report */
export function protocolOf(report) {
  return report.kind.split('.', 1)[0] ?? report.kind;
}

/** The reports that the page keeps, and which of them the filter lets through. Knows nothing of the document. */
export class ReportList {
  /** @type {Shown[]} */
  #kept = [];
  /** @type {Shown[]} */
  #visible = [];
  /** @type {Shown[]} Reports that came during a pause. */
  #waiting = [];
  #paused = false;
  /** @type {Filter} */
  #filter = { host: null, protocols: new Set(), text: '' };
  /** @type {(report: Shown) => string} What the text filter looks at. */
  #textOf;
  /** @type {WeakMap<Shown, string>} */
  #texts = new WeakMap();

  /** @param {(report: Shown) => string} textOf */
  constructor(textOf) {
    this.#textOf = textOf;
  }

  get visible() {
    return this.#visible;
  }

  get kept() {
    return this.#kept.length;
  }

  get waiting() {
    return this.#waiting.length;
  }

  get paused() {
    return this.#paused;
  }

  get filter() {
    return this.#filter;
  }

  /**
   * Takes new reports, in their order. Returns how many visible ones have gone from the front.
   * @param {readonly Shown[]} reports
   */
  add(reports) {
    if (this.#paused) {
      this.#waiting.push(...reports);
      if (this.#waiting.length > KEPT_MAX + SLACK) this.#waiting = this.#waiting.slice(-KEPT_MAX);
      return 0;
    }
    for (const report of reports) {
      this.#kept.push(report);
      if (this.#passes(report)) this.#visible.push(report);
    }
    return this.#cut();
  }

  /** A pause freezes what is seen; going on brings in what came meanwhile. @param {boolean} paused */
  pause(paused) {
    this.#paused = paused;
    if (paused) return 0;
    const waiting = this.#waiting;
    this.#waiting = [];
    return this.add(waiting);
  }

  /** @param {Partial<Filter>} change */
  refine(change) {
    this.#filter = { ...this.#filter, ...change };
    this.#visible = this.#kept.filter((report) => this.#passes(report));
  }

  /** Index in `visible` of the first report with this number or a higher one. @param {number} seq */
  indexOf(seq) {
    let low = 0;
    let high = this.#visible.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#visible[middle]?.seq ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Forgets everything: the observatory was started again and counts anew. */
  clear() {
    this.#kept = [];
    this.#visible = [];
    this.#waiting = [];
  }

  #cut() {
    if (this.#kept.length <= KEPT_MAX + SLACK) return 0;
    this.#kept = this.#kept.slice(-KEPT_MAX);
    const gone = this.indexOf(this.#kept[0]?.seq ?? 0);
    this.#visible = this.#visible.slice(gone);
    return gone;
  }

  /** @param {Shown} report */
  #passes(report) {
    const { host, protocols, text } = this.#filter;
    if (host !== null && report.host !== host) return false;
    if (protocols.size > 0 && !protocols.has(protocolOf(report))) return false;
    return text === '' || this.#text(report).includes(text);
  }

  /** @param {Shown} report */
  #text(report) {
    const known = this.#texts.get(report);
    if (known !== undefined) return known;
    const text = this.#textOf(report).toLowerCase();
    this.#texts.set(report, text);
    return text;
  }
}
