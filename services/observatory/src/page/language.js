/** @import { Words } from './words.ts' */

/**
 * The words of the page, in the language that the server chose.
 * @type {Words}
 */
export const words = JSON.parse(document.body.dataset.words ?? '{}');

/**
 * `text` with numbers in the places of {n} and {m}.
 * @param {string} text
 * @param {string | number} n
 * @param {string | number} [m]
 */
export function fill(text, n, m = '') {
  return text.replace('{n}', format(n)).replace('{m}', format(m));
}

const numbers = new Intl.NumberFormat(document.documentElement.lang);

/** @param {string | number} value */
function format(value) {
  return typeof value === 'number' ? numbers.format(value) : value;
}
