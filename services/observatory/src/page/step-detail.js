import { BitsView, wireOf } from './bits-view.js';
import { byId, element, inEnglish } from './element.js';
import { fill, words } from './language.js';
import { reportOf } from './rung-message.js';

/** @import { Candidate, Explanation } from './explanation.ts' */
/** @import { Rung } from './ladder.js' */
/** @import { Link } from './rung-message.js' */

/** Times that the chain is asked for, and the pause between: reports take a moment to arrive, in milliseconds. */
const TRIES = 6;
const PAUSE_MS = 250;

/** One step of the ladder in full: its reason, its records, the servers that were weighed, and the bits of its message. */
export class StepDetail {
  #box = byId('detail', HTMLElement);
  #bits = new BitsView();
  #resolver;
  #asked = 0;

  /** @param {() => string} resolver name of the host that was asked to explain */
  constructor(resolver) {
    this.#resolver = resolver;
  }

  close() {
    this.#asked += 1;
    this.#box.hidden = true;
    this.#bits.clear();
    delete document.body.dataset.detail;
  }

  /**
   * @param {Rung} rung
   * @param {number} index
   * @param {Explanation} explanation
   */
  show(rung, index, explanation) {
    const { step, says } = rung;
    this.#asked += 1;
    this.#bits.clear();
    const close = element('button', 'button', words.close);
    close.type = 'button';
    close.addEventListener('click', () => this.close());
    const title = fill(words.explain.step, index + 1, explanation.steps.length);
    this.#box.replaceChildren(
      element('header', '', element('div', 'line', element('span', 'kind', title), close)),
      element('h2', '', fill(words.explain.says[says.key], says.n, says.m)),
      inEnglish('p', 'reason', step.because),
      ...recordList(words.explain.records, step.records),
      ...recordList(words.explain.glue, step.glue),
      ...(step.candidates === undefined ? [] : [candidateTable(step.candidates)]),
    );
    this.#box.hidden = false;
    this.#box.scrollTop = 0;
    document.body.dataset.detail = 'open';
    const isMessage = rung.kind !== 'mark' && (step.kind === 'query' || step.kind === 'reply');
    if (isMessage) void this.#addBits(rung, explanation, this.#asked);
  }

  /**
   * @param {Rung} rung
   * @param {Explanation} explanation
   * @param {number} asked
   */
  async #addBits({ step }, explanation, asked) {
    for (let left = TRIES; left > 0; left -= 1) {
      const chain = await chainOf(explanation.exchange);
      if (asked !== this.#asked) return;
      const wire = wireOf(reportOf(step, explanation.steps, chain, this.#resolver())?.message);
      if (wire !== null) {
        this.#box.append(element('h3', '', words.bits.title), this.#bits.element);
        return this.#bits.show(wire);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      if (asked !== this.#asked) return;
    }
    this.#box.append(element('p', 'cut', words.explain.noBits));
  }
}

/** @param {string} exchange @returns {Promise<Link[]>} */
async function chainOf(exchange) {
  const response = await fetch(`/api/exchanges/${encodeURIComponent(exchange)}`).catch(() => null);
  return response?.ok ? (await response.json()).chain : [];
}

/**
 * @param {string} title
 * @param {readonly string[] | undefined} records
 */
function recordList(title, records = []) {
  if (records.length === 0) return [];
  return [element('h3', '', title), element('pre', 'records', records.join('\n'))];
}

/** @param {readonly Candidate[]} candidates */
function candidateTable(candidates) {
  const { explain } = words;
  const head = element('tr', '', ...explain.candidates.map((name) => element('th', '', name)));
  const rows = candidates.map(({ address, srttMs, timeoutMs, standing, isChosen }) => {
    const rtt = srttMs === null ? explain.unknownRtt : `${srttMs} ms`;
    const cells = [address, rtt, `${timeoutMs} ms`, explain.standing[standing] ?? standing];
    const row = element('tr', '', ...cells.map((text) => element('td', '', text)));
    if (isChosen) row.setAttribute('aria-selected', 'true');
    return row;
  });
  return element('table', 'inner candidates', element('thead', '', head), element('tbody', '', ...rows));
}
