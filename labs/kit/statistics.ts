/** The few statistics that an experiment of the lab needs, each a page of the first course. */

/** The value below which the part `portion` of the values lies, between two of them in proportion. */
export function quantile(values: readonly number[], portion: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const place = (sorted.length - 1) * portion;
  const [below, above] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN];
  return below + (above - below) * (place - Math.floor(place));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Mean square of the distance from the mean: of all values there are, not of a sample. */
export function variance(values: readonly number[]): number {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 2));
}

export interface SignTest {
  /** Pairs in which the first value was smaller, and in which it was larger; equal ones say nothing. */
  readonly smaller: number;
  readonly larger: number;
  /** How likely a result at least this clear is when neither tends to be smaller: two-sided. */
  readonly p: number;
}

/**
 * The sign test: of each pair only counts which of the two was smaller. It assumes nothing about the values but that the pairs
 * are independent of one another; a coin thrown as often as there are pairs tells how surprising the outcome is.
 */
export function signTest(pairs: readonly (readonly [number, number])[]): SignTest {
  const smaller = pairs.filter(([one, other]) => one < other).length;
  const larger = pairs.filter(([one, other]) => one > other).length;
  const throws = smaller + larger;
  let tail = 0;
  for (let heads = Math.max(smaller, larger); heads <= throws; heads++) tail += ways(throws, heads) / 2 ** throws;
  return { smaller, larger, p: Math.min(1, 2 * tail) };
}

/** In how many ways `heads` of `throws` coins fall on their heads. */
function ways(throws: number, heads: number): number {
  let count = 1;
  for (let nth = 1; nth <= heads; nth++) count = (count * (throws - heads + nth)) / nth;
  return count;
}
