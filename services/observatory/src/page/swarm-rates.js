/** How fast octets came, and from whom, as layers one on the other. Knows nothing of the document, nor of languages. */

/** @import { Gift } from './swarm-picture.js' */

/**
 * Octets per second of each giver in equal steps from `from` to `to`. The octets of a piece count evenly over the time in which it
 * was fetched.
 * @param {readonly Gift[]} gifts
 * @param {{ from: number, to: number, steps: number }} span in milliseconds
 * @returns {Map<string, number[]>}
 */
export function ratesOf(gifts, { from, to, steps }) {
  const stepMs = (to - from) / steps;
  /** @type {Map<string, number[]>} */
  const rates = new Map();
  for (const gift of gifts) {
    const row = rates.get(gift.giver) ?? Array.from({ length: steps }, () => 0);
    rates.set(gift.giver, row);
    // A piece that came at once counts for the step in which it came.
    const begin = Math.min(gift.from, gift.to - stepMs);
    const perMs = gift.octets / (gift.to - begin);
    const first = Math.max(0, Math.floor((begin - from) / stepMs));
    const last = Math.min(steps - 1, Math.floor((gift.to - from) / stepMs));
    for (let step = first; step <= last; step += 1) {
      const start = from + step * stepMs;
      const ms = Math.min(gift.to, start + stepMs) - Math.max(begin, start);
      row[step] = (row[step] ?? 0) + (Math.max(0, ms) * perMs * 1_000) / stepMs;
    }
  }
  return rates;
}

/**
 * Octets by giver until a moment.
 * @param {readonly Gift[]} gifts
 * @param {number} at
 * @returns {Map<string, number>}
 */
export function givenUntil(gifts, at) {
  /** @type {Map<string, number>} */
  const given = new Map();
  for (const { giver, octets, to } of gifts) if (to <= at) given.set(giver, (given.get(giver) ?? 0) + octets);
  return given;
}
