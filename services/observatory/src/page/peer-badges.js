/** A short mark and a colour for each peer, so that it is known again in map, picture and chart. Knows nothing of the document. */

/**
 * @typedef {object} Badge
 * @property {string} address
 * @property {string} name
 * @property {string} mark one or two characters
 * @property {number} tone 0 is the seed's, 1 to TONES those of the others
 * @property {boolean} isMaker whether it made the file
 */

/** Colours of peers other than the seed; the next one begins again. */
const TONES = 8;
/** Letters of peers that are none of the lab. */
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Gives each peer its badge, once: it keeps it. */
export class Badges {
  /** @type {Map<string, Badge>} */
  #badges = new Map();
  #others = 0;
  #letters = 0;
  #nameOf;
  #makers;

  /**
   * @param {(address: string) => string} nameOf
   * @param {ReadonlySet<string>} makers addresses of hosts that made a file
   */
  constructor(nameOf, makers) {
    this.#nameOf = nameOf;
    this.#makers = makers;
  }

  /** @param {string} address @returns {Badge} */
  of(address) {
    const known = this.#badges.get(address);
    if (known !== undefined) return known;
    const name = this.#nameOf(address);
    const isMaker = this.#makers.has(address);
    const tone = isMaker ? 0 : (this.#others++ % TONES) + 1;
    const badge = { address, name, mark: this.#markOf(name), tone, isMaker };
    this.#badges.set(address, badge);
    return badge;
  }

  /** A number or a letter of its name; any letter where its name is an address. @param {string} name */
  #markOf(name) {
    if (/^[\d.]+$/.test(name)) return LETTERS[this.#letters++ % LETTERS.length] ?? '?';
    return (/\d{1,2}$/.exec(name)?.[0] ?? name.slice(0, 1)).toUpperCase();
  }
}
