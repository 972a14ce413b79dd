/** The cases of `npm run compare -- http` are data: this keeps them well-formed. */
import { expect, test } from 'vitest';
import { GROUPS } from '../../../../bench/compare-http/cases/all.ts';

const cases = GROUPS.flatMap(({ cases }) => cases);
/** Waits of a case in all, in seconds: the suite is to end within a minute for each cache. */
const PAUSE_S_MAX = 5;

test('each case has an identifier of its own, which can be a part of a path', () => {
  expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
  expect(cases.map(({ id }) => id).filter((id) => !/^[a-z0-9][a-z0-9.-]*$/.test(id))).toEqual([]);
});

test('each case cites a section of a standard and says in a sentence what a cache does that passes', () => {
  const isCited = (clause: string) => /^RFC \d{4}, section \d+(\.\d+)*$/.test(clause);
  expect(cases.filter(({ clause }) => !isCited(clause)).map(({ id }) => id)).toEqual([]);
  expect(cases.filter(({ says }) => !/^\S.* .*[^.]$/.test(says)).map(({ id }) => id)).toEqual([]);
});

test('each case ends with a step that is judged, and says in each step what is expected', () => {
  const ends = cases.filter(({ steps }) => steps.at(-1)?.isGiven === true || steps.length === 0);
  expect(ends.map(({ id }) => id)).toEqual([]);
  const silent = cases.filter(({ steps }) => Object.keys(steps.at(-1)?.expect ?? {}).length === 0);
  expect(silent.map(({ id }) => id)).toEqual([]);
});

test('a body that is expected is that of a step that has been', () => {
  const steps = cases.flatMap(({ id, steps }) => steps.map(({ expect: expected }, place) => ({ id, place, expected })));
  const ahead = steps.filter(({ place, expected: { body, notBody } }) =>
    [body, notBody].some((step) => typeof step === 'number' && (step < 1 || step > place + 1)),
  );
  expect(ahead.map(({ id }) => id)).toEqual([]);
});

test('no case waits for long', () => {
  const pause = (steps: (typeof cases)[number]['steps']) => steps.reduce((sum, { pauseS = 0 }) => sum + pauseS, 0);
  expect(cases.filter(({ steps }) => pause(steps) > PAUSE_S_MAX).map(({ id }) => id)).toEqual([]);
});

test('there are cases of each level in number, more of them required than not', () => {
  const count = (level: string) => cases.filter((one) => one.level === level).length;
  expect(cases.length).toBeGreaterThan(600);
  expect(count('required')).toBeGreaterThan(count('optimal'));
  expect(count('optimal')).toBeGreaterThan(count('check'));
});
