/** How the caches did, by group: passed and judged cases of each level. */
import type { Group, Level } from './case.ts';
import type { Played } from './play.ts';

/** A cache and how its cases went. */
export interface Result {
  readonly name: string;
  readonly version: string;
  readonly seconds: number;
  readonly played: readonly Played[];
}

export interface Score {
  readonly passed: number;
  readonly failed: number;
  /** What the case is about did not come about. */
  readonly unreached: number;
}

const NAME_WIDTH = 16;
const CELL_WIDTH = 15;

export function scoreOf(played: readonly Played[], level: Level): Score {
  const count = (kind: string) =>
    played.filter(({ test, outcome }) => test.level === level && outcome.kind === kind).length;
  return { passed: count('passed'), failed: count('failed'), unreached: count('unreached') };
}

/** One table for each level: a line for each group, a column for each cache. */
export function tables(groups: readonly Group[], results: readonly Result[]): string {
  return [
    levelTable('required: passed / judged', 'required', groups, results),
    levelTable('optimal: passed / judged', 'optimal', groups, results),
    levelTable('behaviour: does it / judged', 'check', groups, results),
  ].join('\n');
}

function levelTable(title: string, level: Level, groups: readonly Group[], results: readonly Result[]): string {
  const line = (name: string, cells: readonly string[]) =>
    `${name.padEnd(NAME_WIDTH)}${cells.map((cell) => cell.padStart(CELL_WIDTH)).join('')}\n`;
  const cell = (played: readonly Played[]) => {
    const { passed, failed } = scoreOf(played, level);
    return passed + failed === 0 ? '-' : `${passed} / ${passed + failed}`;
  };
  const rows = groups.map(({ name, cases }) => {
    const ids = new Set(cases.map(({ id }) => id));
    return line(
      name,
      results.map(({ played }) => cell(played.filter(({ test }) => ids.has(test.id)))),
    );
  });
  return [
    line(title, []),
    line(
      '',
      results.map(({ name }) => name),
    ),
    ...rows,
    line(
      'all',
      results.map(({ played }) => cell(played)),
    ),
    line(
      'not reached',
      results.map(({ played }) => String(scoreOf(played, level).unreached)),
    ),
  ].join('');
}
