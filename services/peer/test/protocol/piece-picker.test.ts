import { beforeEach, describe, expect, test } from 'vitest';
import { BLOCK_OCTETS } from '#shared/bittorrent/peer-message.ts';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import { PiecePicker } from '../../src/protocol/piece-picker.ts';
import { seededRandom } from './seeded-random.ts';

/** Pieces of two blocks; the last one has half a block. */
const GRID = { pieceCount: 8, pieceLength: 2 * BLOCK_OCTETS, length: 7.25 * 2 * BLOCK_OCTETS };
const A = 1;
const B = 2;

let have: PieceSet;
let picker: PiecePicker;

function setOf(...indexes: number[]): PieceSet {
  const set = new PieceSet(GRID.pieceCount);
  for (const index of indexes) set.add(index);
  return set;
}

const all = setOf(0, 1, 2, 3, 4, 5, 6, 7);

/** A picker that has `mine`, among neighbours with `copies` of each piece. */
function setUp(mine: number[], copies: number[] = [], seed = 1): void {
  have = setOf(...mine);
  picker = new PiecePicker({ grid: GRID, have, neighboursMax: 10, random: seededRandom(seed) });
  for (const [index, count] of copies.entries()) for (let nth = 0; nth < count; nth++) picker.gained(index);
}

/** Takes in all blocks of a piece and has it verified. */
function finish(index: number): void {
  for (let begin = 0; begin < 2 * BLOCK_OCTETS; begin += BLOCK_OCTETS) {
    picker.arrived(A, '10.53.0.1', index, begin, new Uint8Array(1));
  }
  have.add(index);
  picker.finished(index);
}

beforeEach(() => setUp([]));

test('BT-10 after the first four pieces the rarest is chosen, in the order of the number of copies', () => {
  setUp([4, 5, 6, 7], [4, 1, 3, 2]);
  const order: number[] = [];
  for (let nth = 0; nth < 4; nth++) {
    const pick = picker.pick(A, all, false);
    expect(pick).toMatchObject({ mode: 'rarest', because: expect.stringContaining('among the neighbours') });
    order.push(pick?.block.index ?? -1);
    finish(order.at(-1) ?? -1);
  }
  expect(order).toEqual([1, 3, 2, 0]);
});

test('BT-10 of equally rare pieces a random one is chosen', () => {
  const chosen = new Set<number | undefined>();
  for (let seed = 0; seed < 60; seed++) {
    setUp([4, 5, 6, 7], [1, 1, 2, 1], seed);
    chosen.add(picker.pick(A, all, false)?.block.index);
  }
  expect([...chosen].toSorted()).toEqual([0, 1, 3]);
});

test('BT-11 a piece that we have is never chosen, nor one that the neighbour lacks', () => {
  setUp([4, 5, 6, 7, 0], [1, 1, 1, 1, 1, 1, 1, 1]);
  expect(picker.pick(A, setOf(0, 4, 5), true)).toBeNull();
  expect(picker.pick(A, setOf(0, 2, 4), true)?.block.index).toBe(2);
});

test('the first four pieces are chosen at random, whatever their rarity', () => {
  const chosen = new Set<number | undefined>();
  for (let seed = 0; seed < 100; seed++) {
    setUp([], [1, 9, 9, 9, 9, 9, 9, 9], seed);
    const pick = picker.pick(A, all, false);
    expect(pick?.mode).toBe('random');
    chosen.add(pick?.block.index);
  }
  expect(chosen.size).toBe(8);
});

test('a started piece is finished before another is started, by another neighbour too', () => {
  const first = picker.pick(A, all, false);
  const second = picker.pick(B, all, false);
  expect(second).toMatchObject({ mode: 'started', block: { index: first?.block.index, begin: BLOCK_OCTETS } });
  expect(picker.pick(A, all, false)?.block.index).not.toBe(first?.block.index);
});

test('the last block has what is left', () => {
  setUp([0, 1, 2, 3, 4, 5, 6]);
  expect(picker.pick(A, all, false)?.block).toEqual({ index: 7, begin: 0, length: BLOCK_OCTETS / 2 });
});

test('a block that is given back is asked of another', () => {
  const first = picker.pick(A, all, false);
  if (first === null) throw new Error('nothing was picked');
  picker.giveBack(A, first.block);
  expect(picker.pick(B, all, false)?.block).toEqual(first.block);
});

describe('the endgame', () => {
  beforeEach(() => {
    setUp([0, 1, 2, 3, 4, 5, 6]);
    expect(picker.pick(A, all, false)?.mode).toBe('rarest');
  });

  test('asks another neighbour for a block that is missing, when every missing block is asked for', () => {
    expect(picker.pick(B, all, false)).toBeNull();
    expect(picker.pick(B, all, true)).toMatchObject({ mode: 'endgame', block: { index: 7, begin: 0 } });
  });

  test('asks nobody twice, and not more than two', () => {
    expect(picker.pick(A, all, true)).toBeNull();
    picker.pick(B, all, true);
    expect(picker.pick(3, all, true)).toBeNull();
  });

  test('tells who else was asked when the block arrives, and takes no second copy', () => {
    picker.pick(B, all, true);
    expect(picker.arrived(B, '10.53.0.2', 7, 0, new Uint8Array(1))).toMatchObject({ kind: 'kept', alsoAsked: [A] });
    expect(picker.arrived(A, '10.53.0.1', 7, 0, new Uint8Array(1))).toEqual({ kind: 'unwanted' });
  });

  test('does not begin while a piece is not started', () => {
    setUp([0, 1, 2, 3, 4, 5]);
    picker.pick(A, setOf(7), false);
    expect(picker.pick(B, setOf(7), true)).toBeNull();
  });
});

describe('a piece that was wrong', () => {
  function fail(isExclusive: boolean): void {
    setUp([0, 1, 2, 3, 4, 5, 7]);
    picker.pick(A, all, false);
    picker.pick(B, all, false);
    picker.arrived(A, '10.53.0.1', 6, 0, new Uint8Array(1));
    picker.arrived(B, '10.53.0.2', 6, BLOCK_OCTETS, new Uint8Array(1));
    expect([...(picker.started[0]?.givers ?? [])]).toEqual([
      ['10.53.0.1', 1],
      ['10.53.0.2', 1],
    ]);
    picker.failed(6, isExclusive);
  }

  test('is fetched again as a whole', () => {
    fail(false);
    expect(picker.pick(A, all, false)?.block.begin).toBe(0);
    expect(picker.pick(B, all, false)?.block.begin).toBe(BLOCK_OCTETS);
  });

  test('and came from several is fetched from one alone', () => {
    fail(true);
    expect(picker.pick(A, all, false)?.block).toMatchObject({ index: 6, begin: 0 });
    expect(picker.pick(B, all, true)).toBeNull();
    expect(picker.pick(A, all, false)?.block).toMatchObject({ index: 6, begin: BLOCK_OCTETS });
    expect(picker.pick(B, all, true)).toBeNull();
  });

  test('begins again with another when the one gives it back', () => {
    fail(true);
    const first = picker.pick(A, all, false);
    picker.arrived(A, '10.53.0.1', 6, 0, new Uint8Array(1));
    const second = picker.pick(A, all, false);
    if (first === null || second === null) throw new Error('nothing was picked');
    picker.giveBack(A, second.block);
    expect(picker.pick(B, all, false)?.block).toEqual(first.block);
    expect(picker.started[0]?.arrivedOctets).toBe(0);
  });
});

test('when too many pieces are started, one that nobody gives makes way', () => {
  const large = { pieceCount: 20, pieceLength: 16 * 1024 * 1024, length: 20 * 16 * 1024 * 1024 };
  const theirs = new PieceSet(20);
  for (let index = 0; index < 20; index++) theirs.add(index);
  const big = new PiecePicker({ grid: large, have: new PieceSet(20), neighboursMax: 10, random: seededRandom(1) });
  const only = (index: number) => {
    const set = new PieceSet(20);
    set.add(index);
    return set;
  };
  const picks = [0, 1, 2, 3].map((index) => big.pick(index, only(index), false));
  expect(big.pick(9, only(9), false)).toBeNull();
  big.giveBack(2, picks[2]?.block ?? { index: 0, begin: 0, length: 0 });
  expect(big.pick(9, only(9), false)?.block.index).toBe(9);
  expect(big.started.map((piece) => piece.index)).toEqual([0, 1, 3, 9]);
});
