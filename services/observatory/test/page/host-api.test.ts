import { expect, test } from 'vitest';

// The browser's own file, as it is.
const { answersIn, statesIn } = await import(new URL('../../src/page/host-api.js', import.meta.url).href);

test('a host that is late is left out, one without a state has null', () => {
  const hosts = {
    'peer-1': { status: 200, answer: { name: 'lecture.bin' } },
    'peer-2': { status: 504, answer: { error: 'peer-2 gave no answer: no answer within 2000 ms' } },
    'peer-3': { status: 502, answer: { error: 'peer-3 gave no answer: nothing listens on its control port 9000' } },
  };
  expect([...statesIn({ hosts })]).toEqual([
    ['peer-1', { name: 'lecture.bin' }],
    ['peer-3', null],
  ]);
});

test('each host has its own answer, or that of the observatory where it refused all of it', () => {
  const hosts = { 'peer-1': { status: 200, answer: { startedOver: true } } };
  expect([...answersIn({ hosts }, ['peer-1'])]).toEqual([['peer-1', { startedOver: true }]]);
  expect([...answersIn({ error: 'try again' }, ['peer-1'])]).toEqual([['peer-1', { error: 'try again' }]]);
});
