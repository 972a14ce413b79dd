import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Member, Members } from '../../src/protocol/members.ts';

function newMember(nth: number, left: number | null): Member {
  return {
    torrent: 't',
    peerId: `peer ${nth}`,
    key: nth % 2 === 0 ? null : `key ${nth % 3}`,
    address: `10.53.0.${nth % 4}`,
    port: nth,
    joinedAt: 0,
    announcedAt: 0,
    uploaded: 0,
    downloaded: 0,
    left,
    isPartialSeed: false,
    isCounted: false,
    told: 0,
    place: 0,
    before: null,
    after: null,
  };
}

test('seeds, leechers or all come in random order, each once', () => {
  const members = new Members();
  for (let nth = 0; nth < 10; nth++) members.add(newMember(nth, nth < 4 ? 0 : 5));
  const ports = (whom: Parameters<Members['inRandomOrder']>[0]) =>
    [...members.inRandomOrder(whom, Math.random)].map(({ port }) => port).sort();
  for (let times = 0; times < 20; times++) {
    expect(ports('all')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(ports('leechers')).toEqual([4, 5, 6, 7, 8, 9]);
    expect(ports('seeds')).toEqual([0, 1, 2, 3]);
  }
});

test('every beginning of an order is drawn by as many values of the random source', () => {
  const beginnings = new Map<string, number>();
  for (let first = 0; first < 5; first++) {
    for (let second = 0; second < 4; second++) {
      const members = new Members();
      for (let nth = 0; nth < 5; nth++) members.add(newMember(nth, nth < 2 ? 0 : 5));
      const values = [(first + 0.5) / 5, (second + 0.5) / 4];
      const drawn = members.inRandomOrder('all', () => values.shift() ?? 0);
      const beginning = `${drawn.next().value?.port} ${drawn.next().value?.port}`;
      beginnings.set(beginning, (beginnings.get(beginning) ?? 0) + 1);
    }
  }
  expect([...beginnings.values()]).toEqual(Array(20).fill(1));
});

test('whatever comes and goes, everybody is found, counted and drawn', () => {
  const step = fc.record({
    nth: fc.nat(30),
    left: fc.constantFrom(0, 5, null),
    isPaused: fc.boolean(),
    draws: fc.nat(4),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const members = new Members();
      const model = new Map<number, Member>();
      for (const { nth, left, isPaused, draws } of steps) {
        const known = model.get(nth);
        if (known === undefined) {
          const member = newMember(nth, left);
          members.add(member);
          model.set(nth, member);
        } else if (known.left === left && !isPaused) {
          members.remove(known);
          model.delete(nth);
        } else members.setLeft(known, left, isPaused);
        const drawn = members.inRandomOrder('all', Math.random);
        for (let draw = 0; draw < draws; draw++) drawn.next();
        expect(new Set(members)).toEqual(new Set(model.values()));
        expect(members.complete).toBe([...model.values()].filter((member) => member.left === 0).length);
        const downloaders = [...model.values()].filter(({ left, isPartialSeed }) => left !== 0 && !isPartialSeed);
        expect(members.downloaders).toBe(downloaders.length);
        for (let each = 0; each <= 30; each++) {
          const member = model.get(each);
          expect(members.at(`10.53.0.${each % 4}`, each)).toBe(member);
          if (each % 2 === 1) expect(members.proved({ peerId: `peer ${each}`, key: `key ${each % 3}` })).toBe(member);
        }
        expect(members.countAt('10.53.0.1')).toBe([...model.keys()].filter((each) => each % 4 === 1).length);
      }
    }),
    { numRuns: 50 },
  );
});
