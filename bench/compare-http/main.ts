/**
 * npm run compare -- http [--cache NAME] [--case ID] [--group NAME] [--json FILE]: the same cases to our proxy, to nginx, Squid,
 * Varnish, Apache httpd and Traffic Server, in front of one origin that says what the case says; and who is right how often.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Candidate, candidates } from './caches/all.ts';
import { ORIGIN } from './caches/ours.ts';
import type { Case, Group } from './case.ts';
import { GROUPS } from './cases/all.ts';
import { Origin } from './origin.ts';
import { type Played, playAll, transcript } from './play.ts';
import { type Result, scoreOf, tables } from './table.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Whether our proxy passes every required case. */
export async function compareHttp(words: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      cache: { type: 'string', multiple: true },
      case: { type: 'string' },
      group: { type: 'string' },
      json: { type: 'string' },
      verbose: { type: 'boolean', short: 'v' },
    },
  });
  const groups = chosenGroups(values.group, values.case);
  if (groups.length === 0) {
    say(`no such case or group; the groups are: ${GROUPS.map(({ name }) => name).join(', ')}`);
    return false;
  }
  const chosen = candidates().filter(({ name }) => values.cache?.includes(name) ?? true);
  for (const { missing } of chosen) if (missing !== null) say(missing);
  const results = await playOn(
    chosen.filter(({ missing }) => missing === null),
    groups,
  );

  for (const { name, played } of results) {
    const isShown = ({ test, outcome }: Played) =>
      values.case === test.id || ((name === 'topdown' || values.verbose === true) && outcome.kind !== 'passed');
    for (const one of played.filter(isShown)) say(`${name}: ${transcript(one)}\n`);
  }
  if (values.case === undefined) say(tables(groups, results));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results.map(asJson), null, 1)}\n`);
  const ours = results.find(({ name }) => name === 'topdown');
  return ours === undefined || scoreOf(ours.played, 'required').failed === 0;
}

function chosenGroups(name: string | undefined, id: string | undefined): Group[] {
  const isChosen = (test: Case) => id === undefined || test.id === id;
  const groups = GROUPS.filter((group) => name === undefined || group.name === name)
    .map((group) => ({ ...group, cases: group.cases.filter(isChosen) }))
    .filter(({ cases }) => cases.length > 0);
  return groups;
}

/** One cache after the other, so that each has the machine for itself. */
async function playOn(chosen: readonly Candidate[], groups: readonly Group[]): Promise<Result[]> {
  const origin = new Origin();
  await origin.listen(ORIGIN.address, ORIGIN.port);
  const results: Result[] = [];
  try {
    for (const candidate of chosen) {
      const cache = await candidate.start();
      const begun = performance.now();
      const played = await playAll(
        cache,
        origin,
        groups.flatMap(({ cases }) => cases),
      ).finally(() => cache.stop());
      const seconds = (performance.now() - begun) / 1000;
      results.push({ name: cache.name, version: cache.version, seconds, played });
      say(`${cache.name} ${cache.version}: ${played.length} cases in ${seconds.toFixed(1)} s`);
    }
  } finally {
    await origin.close();
  }
  return results;
}

function asJson({ name, version, played }: Result): object {
  const cases = played.map(({ test: { id, level, clause }, outcome }) => ({ id, level, clause, ...outcome }));
  return { cache: name, version, cases };
}
