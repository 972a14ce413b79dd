/** Prints one figure: what was measured, the number with its unit, and the goal where there is one. */
export function figure(what: string, value: number, unit: string, goal: number | null): void {
  const shown = value >= 100 ? value.toFixed(0) : value.toFixed(2);
  const verdict = goal === null ? '' : `   goal ≤ ${goal} ${unit}: ${value <= goal ? 'met' : 'MISSED'}`;
  process.stdout.write(`${what.padEnd(62)} ${shown.padStart(8)} ${unit}${verdict}\n`);
}

/** The middle value; of an even number the upper of the two in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
