/** What the standards require of a cache, case by case: those of `npm run compare -- http`, on our proxy alone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ORIGIN, startOurs } from '../../../../bench/compare-http/caches/ours.ts';
import { GROUPS } from '../../../../bench/compare-http/cases/all.ts';
import { Origin } from '../../../../bench/compare-http/origin.ts';
import { playAll, transcript } from '../../../../bench/compare-http/play.ts';

/** All cases of a mode run side by side; the longest of them waits for seconds several times. */
const PLAY_MS_MAX = 90_000;

const required = GROUPS.flatMap(({ cases }) => cases).filter(({ level }) => level === 'required');

describe('a proxy that stands before an origin, and one that browsers are set up to use', () => {
  const origin = new Origin();

  beforeAll(() => origin.listen(ORIGIN.address, ORIGIN.port));
  afterAll(() => origin.close());

  test.each(['reverse', 'forward'] as const)(
    'in %s mode it does whatever is required',
    async (mode) => {
      const cache = await startOurs(mode);
      const played = await playAll({ ...cache, name: mode }, origin, required).finally(() => cache.stop());
      const wrong = played.filter(({ outcome }) => outcome.kind !== 'passed');
      expect(wrong.map(transcript).join('\n\n')).toBe('');
    },
    PLAY_MS_MAX,
  );
});
