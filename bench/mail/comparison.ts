import { median } from '../figure.ts';

/** What one server reached, round by round: every server has its turn in each round. */
export interface Measured {
  readonly name: string;
  readonly values: readonly number[];
}

/** What the first server is to reach: so many times the value of another one, at least or at most. */
export interface Goal {
  readonly name: string;
  readonly direction: 'at least' | 'at most';
  readonly times: number;
}

/** Letters of the longest name of a server, and of a figure. */
const NAME_WIDTH = 24;

/** Runs `measure` for each server in each round, the order turned round each time, and gives the values of each. */
export async function inTurns<Server extends { readonly name: string }, Value>(
  servers: readonly Server[],
  rounds: number,
  measure: (server: Server, round: number) => Promise<Value>,
): Promise<ReadonlyMap<Server, readonly Value[]>> {
  const measured = new Map<Server, Value[]>(servers.map((server) => [server, []]));
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? servers : servers.toReversed();
    for (const server of order) measured.get(server)!.push(await measure(server, round));
  }
  return measured;
}

/** One line: the median of a server's values, the least and the most of them, and what else is told. */
export function printMeasured({ name, values }: Measured, unit: string, besides = ''): void {
  process.stdout.write(`${name.padEnd(NAME_WIDTH)} ${spread(values, shown)} ${unit}${besides}\n`);
}

/**
 * How the first server stands to each of the others: the median of the rounds' ratios, with the least and the most. Without a
 * goal it is for information.
 */
export function printRatios(measured: readonly Measured[], what: string, goal: Goal | null): void {
  const [ours, ...others] = measured;
  for (const other of others) {
    const ratios = ours!.values.map((value, round) => value / other.values[round]!);
    const isGoal = goal !== null && goal.name === other.name;
    const verdict = isGoal
      ? `   goal ${goal.direction} ${goal.times}: ${isMet(median(ratios), goal) ? 'met' : 'MISSED'}`
      : '';
    process.stdout.write(
      `  ${`${ours!.name} by ${other.name}, ${what}:`.padEnd(46)} ${spread(ratios, (ratio) => ratio.toFixed(2))}${verdict}\n`,
    );
  }
}

function isMet(ratio: number, { direction, times }: Goal): boolean {
  return direction === 'at least' ? ratio >= times : ratio <= times;
}

function spread(values: readonly number[], show: (value: number) => string): string {
  const range = `(${show(Math.min(...values))} to ${show(Math.max(...values))})`;
  return `${show(median(values)).padStart(7)} ${range.padEnd(18)}`;
}

function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}
