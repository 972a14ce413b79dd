import { describe, expect, test } from 'vitest';
import {
  CHOKER_START,
  type ChokeCandidate,
  type ChokerState,
  fillSlot,
  type Ranking,
  rechoke,
} from '../../src/protocol/choker.ts';
import { seededRandom } from './seeded-random.ts';

const NOW = 1_000_000;
const LONG_AGO = 0;
const SLOTS = 4;

function candidate(id: number, fields: Partial<ChokeCandidate> = {}): ChokeCandidate {
  const usual = {
    isInterested: true,
    isComplete: false,
    isUnchoked: false,
    isSnubbed: false,
    rate: 0,
    connectedAt: LONG_AGO,
    changedAt: LONG_AGO,
  };
  return { id, ...usual, ...fields };
}

function decide(candidates: ChokeCandidate[], state: ChokerState = CHOKER_START, now = NOW, seed = 1) {
  return decideBy('uploaders', candidates, state, now, seed);
}

function decideBy(
  ranking: Ranking,
  candidates: ChokeCandidate[],
  state: ChokerState = CHOKER_START,
  now = NOW,
  seed = 1,
  slots = SLOTS,
) {
  const decision = rechoke(candidates, state, { slots, ranking, now, random: seededRandom(seed) });
  return { ...decision, ids: [...decision.unchoked.keys()] };
}

test('the three that give most are unchoked, and one by chance', () => {
  const candidates = [1, 2, 3, 4, 5, 6, 7].map((id) => candidate(id, { rate: id * 1000 }));
  const { ids, unchoked, state } = decide(candidates);
  expect(ids.slice(0, 3)).toEqual([7, 6, 5]);
  expect(ids).toHaveLength(SLOTS);
  expect(state.optimistic).toBe(ids[3]);
  expect([1, 2, 3, 4]).toContain(ids[3]);
  expect(unchoked.get(7)).toBe('the first fastest uploader: 7 KiB/s over 20 s');
  expect(unchoked.get(ids[3] ?? 0)).toContain('optimistic');
});

test.each([
  ['who is not interested gets no slot', candidate(1, { isInterested: false, rate: 9e9 }), false],
  ['who let us wait gets no regular slot', candidate(1, { isSnubbed: true, rate: 9e9 }), false],
  ['who was choked a moment ago stays so', candidate(1, { rate: 9e9, changedAt: NOW - 9_999 }), false],
  ['who was unchoked a moment ago stays so', candidate(1, { isUnchoked: true, changedAt: NOW - 9_999 }), true],
  [
    'who was unchoked a moment ago and has everything since then needs no slot any more',
    candidate(1, { isUnchoked: true, changedAt: NOW - 1, isInterested: false, isComplete: true }),
    false,
  ],
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

describe('who loses a slot is told why', () => {
  const faster = [2, 3, 4, 5].map((id) => candidate(id, { rate: id < 5 ? 9 * 1024 : 0, isUnchoked: true }));

  test.each([
    ['others give more', { rate: 1024 }, 'others give more than its 1 KiB/s'],
    ['it let us wait', { rate: 9e9, isSnubbed: true }, 'it lets us wait, and others got the slots'],
    ['it is not interested', { isInterested: false }, 'it is not interested, and others need its slot'],
  ])('%s', (_, fields, because) => {
    const { choked } = decide([candidate(1, { isUnchoked: true, ...fields }), ...faster], {
      optimistic: 5,
      rotatedAt: NOW,
    });
    expect(choked).toEqual(new Map([[1, because]]));
  });

  test('and who is not interested keeps the slot while nobody needs it', () => {
    const { ids, choked } = decide([
      candidate(1, { isInterested: false, isUnchoked: true }),
      candidate(2, { rate: 1000 }),
    ]);
    expect(ids.toSorted()).toEqual([1, 2]);
    expect(choked.size).toBe(0);
  });
});

describe('a seed', () => {
  test('unchokes those that take most, and one by chance', () => {
    const { ids, unchoked } = decideBy(
      'takers',
      [1, 2, 3, 4, 5, 6].map((id) => candidate(id, { rate: id * 1024 })),
    );
    expect(ids.slice(0, 3)).toEqual([6, 5, 4]);
    expect(ids).toHaveLength(SLOTS);
    expect(unchoked.get(5)).toBe('the second fastest to take what a seed gives: 5 KiB/s over 20 s');
  });

  test('that gives in turns lets each have a slot for twenty seconds, the one that has waited longest first', () => {
    const candidates = [
      candidate(1, { isUnchoked: true, changedAt: NOW - 19_999 }),
      candidate(2, { isUnchoked: true, changedAt: NOW - 20_000 }),
      candidate(3, { changedAt: NOW - 30_000 }),
      candidate(4, { changedAt: NOW - 40_000 }),
      candidate(5, { connectedAt: NOW - 50_000, changedAt: Number.NEGATIVE_INFINITY }),
    ];
    const { ids, unchoked, choked } = decideBy('turns', candidates, CHOKER_START, NOW, 1, 3);
    expect(ids).toEqual([1, 5, 4]);
    expect(unchoked.get(5)).toBe('its turn: it has waited for 50 s');
    expect(choked).toEqual(new Map([[2, 'its turn is over, and others wait']]));
  });

  test('that gives in turns reaches all of twenty neighbours within two minutes', () => {
    let candidates = Array.from({ length: 20 }, (_, id) => candidate(id, { changedAt: Number.NEGATIVE_INFINITY }));
    const served = new Set<number>();
    for (let tick = 0; tick < 12; tick++) {
      const now = NOW + tick * 10_000;
      const { unchoked } = decideBy('turns', candidates, CHOKER_START, now, tick);
      candidates = candidates.map((one) => {
        const isUnchoked = unchoked.has(one.id);
        if (isUnchoked) served.add(one.id);
        return isUnchoked === one.isUnchoked ? one : { ...one, isUnchoked, changedAt: now };
      });
    }
    expect(served.size).toBe(20);
  });
});

test.each<[string, number, number]>([
  ['without a limit of slots everybody that is interested is unchoked', Number.POSITIVE_INFINITY, 6],
  ['without a slot nobody is', 0, 0],
  ['one slot goes to the one that gives most', 1, 1],
])('%s', (_, slots, count) => {
  const candidates = [1, 2, 3, 4, 5, 6].map((id) => candidate(id, { rate: id * 1000 }));
  const { ids } = decideBy('uploaders', candidates, CHOKER_START, NOW, 1, slots);
  expect(ids).toHaveLength(count);
  if (count === 1) expect(ids).toEqual([6]);
});

test('over ten minutes nobody is choked and unchoked twice within ten seconds', () => {
  const random = seededRandom(5);
  let state = CHOKER_START;
  let candidates = Array.from({ length: 9 }, (_, id) => candidate(id));
  const set = (ids: Iterable<number>, isUnchoked: boolean, now: number) => {
    const changing = new Set(ids);
    candidates = candidates.map((one) => {
      if (!changing.has(one.id) || one.isUnchoked === isUnchoked) return one;
      expect(now - one.changedAt).toBeGreaterThanOrEqual(one.changedAt === LONG_AGO ? 0 : 10_000);
      return { ...one, isUnchoked, changedAt: now };
    });
  };
  for (let second = 1; second <= 600; second++) {
    const now = second * 1000;
    const given = { slots: SLOTS, ranking: 'uploaders', now, random } as const;
    candidates = candidates.map((one) => ({ ...one, rate: random() * 1e6, isInterested: random() < 0.7 }));
    for (let change = fillSlot(candidates, given); change !== null; change = fillSlot(candidates, given)) {
      if (change.choke !== null) set([change.choke], false, now);
      set([change.unchoke], true, now);
    }
    if (second % 10 === 0) {
      const decision = rechoke(candidates, state, given);
      state = decision.state;
      set(decision.choked.keys(), false, now);
      set(decision.unchoked.keys(), true, now);
    }
    expect(candidates.filter((one) => one.isUnchoked).length).toBeLessThanOrEqual(SLOTS);
  }
});

const NEW = { changedAt: Number.NEGATIVE_INFINITY };

/** Four that were unchoked a moment ago, of which the second is not interested any more, and one that waits. */
function holders(idle: Partial<ChokeCandidate>): ChokeCandidate[] {
  const fresh = { isUnchoked: true, changedAt: NOW - 1 };
  const holding = [1, 2, 3, 4].map((id) =>
    candidate(id, id === 2 ? { ...fresh, ...idle, isInterested: false } : fresh),
  );
  return [...holding, candidate(5, NEW)];
}

test.each<[string, ChokeCandidate[], number | null, number | null]>([
  ['one that never had a slot', [candidate(1, { isInterested: false }), candidate(2, NEW), candidate(3)], 2, null],
  ['the one that gives most', [candidate(1, { rate: 1 }), candidate(2, { rate: 2 }), candidate(3, NEW)], 2, null],
  ['nobody that had a slot and gave nothing', [candidate(1), candidate(2)], null, null],
  [
    'nobody, when all slots are in use',
    [1, 2, 3, 4, 5].map((id) => candidate(id, { ...NEW, isUnchoked: id < 5 })),
    null,
    null,
  ],
  [
    'another, when its holder is not interested',
    [1, 2, 3, 4, 5].map((id) => candidate(id, { ...(id < 5 ? {} : NEW), isUnchoked: id < 5, isInterested: id !== 2 })),
    5,
    2,
  ],
  ['nobody, when its holder has just got it, and may want something again', holders({ isComplete: false }), null, null],
  ['another, when its holder has just got it, and has everything', holders({ isComplete: true }), 5, 2],
  ['nobody, when nobody waits', [candidate(1, { ...NEW, isInterested: false })], null, null],
  ['not who was choked a moment ago', [candidate(1, { ...NEW, changedAt: NOW - 5_000 })], null, null],
])('a free slot goes to %s', (_, candidates, unchoke, choke) => {
  const change = fillSlot(candidates, { slots: SLOTS, ranking: 'uploaders', now: NOW });
  expect(change).toEqual(unchoke === null ? null : { unchoke, choke });
});

test('a seed gives a free slot to whoever asks', () => {
  expect(fillSlot([candidate(1)], { slots: SLOTS, ranking: 'takers', now: NOW })).toEqual({ unchoke: 1, choke: null });
});
