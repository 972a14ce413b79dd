/** What the standards require of a cache, case by case: those of `npm run compare -- http`, on our proxy alone. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ORIGIN, startOurs } from '../../../../bench/compare-http/caches/ours.ts';
import { GROUPS } from '../../../../bench/compare-http/cases/all.ts';
import { Origin } from '../../../../bench/compare-http/origin.ts';
import { type Played, playAll, transcript } from '../../../../bench/compare-http/play.ts';

/** All cases of a mode run side by side; the longest of them waits for seconds several times. For a busy machine. */
const PLAY_MS_MAX = 600_000;
/**
 * What a case stores is fresh for seconds of the clock on the wall, and a hundred cases side by side may need longer than that on a
 * busy machine: those that went wrong are played again by themselves, so many times. What is wrong stays wrong.
 */
const PLAYS_MAX = 4;

const required = GROUPS.flatMap(({ cases }) => cases).filter(({ level }) => level === 'required');

describe('a proxy that stands before an origin, and one that browsers are set up to use', () => {
  const origin = new Origin();

  beforeAll(() => origin.listen(ORIGIN.address, ORIGIN.port));
  afterAll(() => origin.close());

  test.each(['reverse', 'forward'] as const)(
    'in %s mode it does whatever is required',
    async (mode) => {
      const cache = await startOurs(mode);
      onTestFinished(() => cache.stop());
      let wrong: Played[] = [];
      let cases = required;
      for (let play = 1; play <= PLAYS_MAX && cases.length > 0; play += 1) {
        const played = await playAll({ ...cache, name: `${mode}-${play}` }, origin, cases);
        wrong = played.filter(({ outcome }) => outcome.kind !== 'passed');
        cases = wrong.map(({ test: one }) => one);
      }
      expect(wrong.map(transcript).join('\n\n')).toBe('');
    },
    PLAY_MS_MAX,
  );
});
