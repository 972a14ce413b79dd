import { describe, expect, test } from 'vitest';
import {
  CHOKER_START,
  type ChokeCandidate,
  type ChokerState,
  fillFreeSlot,
  rechoke,
} from '../../src/protocol/choker.ts';
import { seededRandom } from './seeded-random.ts';

const NOW = 1_000_000;
const LONG_AGO = 0;
const SLOTS = 4;

function candidate(id: number, fields: Partial<ChokeCandidate> = {}): ChokeCandidate {
  const usual = {
    isInterested: true,
    isUnchoked: false,
    isSnubbed: false,
    rate: 0,
    connectedAt: LONG_AGO,
    changedAt: LONG_AGO,
  };
  return { id, ...usual, ...fields };
}

function decide(candidates: ChokeCandidate[], state: ChokerState = CHOKER_START, now = NOW, seed = 1) {
  const decision = rechoke(candidates, state, { slots: SLOTS, now, random: seededRandom(seed) });
  return { ...decision, ids: [...decision.unchoked.keys()] };
}

test('the three that give most are unchoked, and one by chance', () => {
  const candidates = [1, 2, 3, 4, 5, 6, 7].map((id) => candidate(id, { rate: id * 1000 }));
  const { ids, unchoked, state } = decide(candidates);
  expect(ids.slice(0, 3)).toEqual([7, 6, 5]);
  expect(ids).toHaveLength(SLOTS);
  expect(state.optimistic).toBe(ids[3]);
  expect([1, 2, 3, 4]).toContain(ids[3]);
  expect(unchoked.get(ids[3] ?? 0)).toContain('optimistic');
});

test.each([
  ['who is not interested gets no slot', candidate(1, { isInterested: false, rate: 9e9 }), false],
  ['who let us wait gets no regular slot', candidate(1, { isSnubbed: true, rate: 9e9 }), false],
  ['who was choked a moment ago stays so', candidate(1, { rate: 9e9, changedAt: NOW - 9_999 }), false],
  ['who was unchoked a moment ago stays so', candidate(1, { isUnchoked: true, changedAt: NOW - 9_999 }), true],
  [
    'who was unchoked ten seconds ago and gives nothing loses the slot',
    candidate(1, { isUnchoked: true, changedAt: NOW - 10_000 }),
    false,
  ],
])('%s', (_, one, isUnchoked) => {
  // Four that give more, and an optimistic slot that is taken.
  const others = [2, 3, 4, 5].map((id) => candidate(id, { rate: id < 5 ? 2000 : 1000, isUnchoked: true }));
  const { ids } = decide([one, ...others], { optimistic: 5, rotatedAt: NOW });
  expect(ids.includes(1)).toBe(isUnchoked);
  expect(ids).toHaveLength(SLOTS);
});

test('a snubbed neighbour gets a slot that nobody else wants', () => {
  expect(decide([candidate(1, { isSnubbed: true })]).ids).toEqual([1]);
});

describe('the optimistic slot', () => {
  const fast = [1, 2, 3].map((id) => candidate(id, { rate: 1000 }));

  test('stays for thirty seconds and then goes to another', () => {
    const candidates = [...fast, candidate(4), candidate(5), candidate(6)];
    const first = decide(candidates).state;
    const later = decide(candidates, first, NOW + 20_000).state;
    expect(later).toEqual(first);
    const rotated = decide(candidates, first, NOW + 30_000).state;
    expect(rotated.optimistic).not.toBe(first.optimistic);
    expect(rotated.rotatedAt).toBe(NOW + 30_000);
  });

  test('is three times as likely to go to a newcomer', () => {
    const candidates = [...fast, candidate(4), candidate(5, { connectedAt: NOW - 1_000 })];
    let newcomer = 0;
    for (let seed = 0; seed < 1000; seed++)
      if (decide(candidates, CHOKER_START, NOW, seed).state.optimistic === 5) newcomer += 1;
    // 750 of 1000 are expected; four standard deviations are 55.
    expect(newcomer).toBeGreaterThan(695);
    expect(newcomer).toBeLessThan(805);
  });

  test('goes to another when its neighbour has earned a regular one', () => {
    const candidates = [
      candidate(1, { rate: 5000 }),
      candidate(2, { rate: 1000 }),
      candidate(3, { rate: 1000 }),
      candidate(4),
      candidate(5),
    ];
    const { ids, state } = decide(candidates, { optimistic: 1, rotatedAt: NOW - 10_000 });
    expect(ids.slice(0, 3).toSorted()).toEqual([1, 2, 3]);
    expect([4, 5]).toContain(state.optimistic);
  });
});

test('over ten minutes nobody is choked and unchoked twice within ten seconds', () => {
  const random = seededRandom(5);
  let state = CHOKER_START;
  let candidates = Array.from({ length: 9 }, (_, id) => candidate(id));
  for (let second = 1; second <= 600; second++) {
    const now = second * 1000;
    candidates = candidates.map((one) => ({ ...one, rate: random() * 1e6, isInterested: random() < 0.7 }));
    const chosen = fillFreeSlot(candidates, SLOTS, now);
    const decision = second % 10 === 0 ? rechoke(candidates, state, { slots: SLOTS, now, random }) : null;
    state = decision?.state ?? state;
    candidates = candidates.map((one) => {
      const isUnchoked = decision === null ? one.isUnchoked || one.id === chosen : decision.unchoked.has(one.id);
      if (isUnchoked === one.isUnchoked) return one;
      expect(now - one.changedAt).toBeGreaterThanOrEqual(one.changedAt === LONG_AGO ? 0 : 10_000);
      return { ...one, isUnchoked, changedAt: now };
    });
    expect(candidates.filter((one) => one.isUnchoked).length).toBeLessThanOrEqual(SLOTS);
  }
});

test.each([
  ['the first that waits', [candidate(1, { isInterested: false }), candidate(2), candidate(3)], 2],
  ['nobody, when all slots are taken', [1, 2, 3, 4, 5].map((id) => candidate(id, { isUnchoked: id < 5 })), null],
  ['nobody, when nobody waits', [candidate(1, { isInterested: false })], null],
  ['not who was choked a moment ago', [candidate(1, { changedAt: NOW - 5_000 })], null],
])('a free slot goes to %s', (_, candidates, id) => {
  expect(fillFreeSlot(candidates, SLOTS, NOW)).toBe(id);
});
