/** From a quantity to a place on the paper, and the round numbers that are written beside an axis. */

export type Scale = (value: number) => number;

/** `from` of the quantity lies at `start`, `to` at `end`. */
export function linearScale(from: number, to: number, start: number, end: number): Scale {
  return (value) => start + ((value - from) / (to - from)) * (end - start);
}

/** The steps that people count in. */
const STEPS = [1, 2, 2.5, 5, 10];

/** Round numbers from 0 to at least `most`, about `wanted` of them. */
export function roundTicks(most: number, wanted: number): number[] {
  const least = most / wanted;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * (STEPS.find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10);
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, nth) => Number((nth * step).toPrecision(12)));
}
