import { expect, test } from 'vitest';
import { AnswerCache } from '../answer-cache.ts';
import type { Repetition } from '../request.ts';
import { octetsNamed } from './dns-client.ts';

/** Many more than two generations hold. */
const QUERIES = 60_000;
/** Asked for between the others, so that it moves from generation to generation. */
const POPULAR = 0;

const always: Repetition = { turn: 0, due: () => 0, given: () => {} };

test('what is found is what was kept, while generations come and go, and what is asked for stays', () => {
  const cache = new AnswerCache(() => 0);
  const queryOf = (at: number) => Buffer.from(octetsNamed(`host${at}.example A`));
  const find = (at: number) => {
    const query = queryOf(at);
    const found = cache.find(query, 0, query.length);
    return found === undefined ? undefined : found.octets.toString('latin1', found.start, found.start + found.length);
  };
  let popularLost = 0;
  let known = 0;
  let wrong = 0;
  for (let at = 0; at < QUERIES; at += 1) {
    cache.keep(queryOf(at), Buffer.from(`answer ${at} ${'.'.repeat(at % 97)}`), always);
    for (const earlier of [POPULAR, at, Math.floor(at / 2), Math.max(0, at - 20_000)]) {
      const found = find(earlier);
      if (found === undefined && earlier === POPULAR) {
        popularLost += 1;
        cache.keep(queryOf(POPULAR), Buffer.from('answer 0 '), always);
      }
      if (found === undefined) continue;
      known += 1;
      if (found !== `answer ${earlier} ${'.'.repeat(earlier % 97)}`) wrong += 1;
    }
  }
  expect(wrong).toBe(0);
  expect(popularLost).toBeLessThan(10);
  expect(known).toBeGreaterThan(2 * QUERIES);
});
