import { element } from './element.js';
import { headerDiagram } from './header-diagram.js';
import { fill, words } from './language.js';
import { octetRows } from './octet-rows.js';
import { PointerLines } from './pointer-lines.js';

/** @import { Dissection } from '#shared/dns/wire-field.ts' */

/** The octets of a message that a report carries, and how many the whole message has; null where there are none. */
/** @param {object | undefined} message @returns {{ wire: string, octets: number } | null} */
export function wireOf(message) {
  if (message === undefined || !('wire' in message) || typeof message.wire !== 'string') return null;
  const octets = 'octets' in message && typeof message.octets === 'number' ? message.octets : 0;
  return { wire: message.wire, octets };
}

/** A DNS message drawn bit by bit: the header as the RFC draws it, then every field with its octets. */
export class BitsView {
  element = element('section', 'bits');
  /** @type {PointerLines | null} */
  #lines = null;
  /** Counts the messages that were asked for: an answer that comes late is not drawn over a newer one. */
  #asked = 0;

  constructor() {
    this.element.setAttribute('aria-label', words.bits.title);
  }

  /** @param {{ wire: string, octets: number }} message */
  async show({ wire, octets }) {
    this.#asked += 1;
    const asked = this.#asked;
    const inUrl = wire.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    const response = await fetch(`/api/dns/bits?wire=${inUrl}&octets=${octets}`).catch(() => null);
    /** @type {Dissection | null} */
    const dissection = response?.ok ? await response.json() : null;
    if (asked !== this.#asked) return;
    this.clear();
    if (dissection === null) this.element.replaceChildren(element('p', 'broken', words.bits.unavailable));
    else this.#draw(dissection, octetsOf(wire));
  }

  /** Takes away what is drawn. */
  clear() {
    this.#lines?.stop();
    this.#lines = null;
    this.element.replaceChildren();
  }

  /**
   * @param {Dissection} dissection
   * @param {Uint8Array} octets
   */
  #draw(dissection, octets) {
    const notes = dissection.brokenRules.map(({ sentence }) =>
      element('p', 'broken', `${words.bits.broken}: ${sentence}`),
    );
    if (dissection.shown < dissection.octets) {
      notes.push(element('p', 'cut', fill(words.bits.cut, dissection.shown, dissection.octets)));
    }
    const [header, ...rest] = dissection.fields;
    const isWhole = header !== undefined && header.length === 12;
    const diagram = isWhole ? [headerDiagram(header, octets)] : [];
    const fields = isWhole ? rest : dissection.fields;
    const rows = octetRows(fields, octets, dissection.brokenRules);
    this.element.replaceChildren(
      ...notes,
      element('div', 'bits-parts', ...diagram, ...(fields.length > 0 ? [rows] : [])),
    );
    this.#lines = new PointerLines(rows);
  }
}

/** @param {string} base64 */
function octetsOf(base64) {
  return Uint8Array.from(atob(base64), (octet) => octet.charCodeAt(0));
}
