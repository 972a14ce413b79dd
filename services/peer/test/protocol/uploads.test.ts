import { beforeEach, describe, expect, test } from 'vitest';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { allowedFastSet } from '#shared/bittorrent/fast-set.ts';
import { encodeReserved } from '#shared/bittorrent/handshake.ts';
import { BLOCK_OCTETS, type PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import { Swarm } from '../../src/protocol/swarm.ts';
import type { SwarmOptions, SwarmOutput } from '../../src/protocol/swarm-exchange.ts';
import { piecesOf, testSwarm } from './test-swarm.ts';
import { sha1, TEST_TORRENT } from './test-torrent.ts';

/** Ten pieces of two blocks. */
const GRID = { pieceCount: 10, pieceLength: 2 * BLOCK_OCTETS, length: 20 * BLOCK_OCTETS };
const ALL = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

let swarm: Swarm;
let now: number;

function setUp(mine: number[], options: Partial<SwarmOptions> = {}): void {
  now = 1_000_000;
  swarm = new Swarm({ ...testSwarm(GRID, setOf(mine), now), offers: ['fast'], suggests: false, ...options });
}

beforeEach(() => setUp(ALL));

const setOf = (indexes: Iterable<number>) => piecesOf(GRID, indexes);

/** One line for each: "1 have 3", "close 1: ...". Requests are left out: they are another test's. */
function describeOutputs(outputs: readonly SwarmOutput[]): string[] {
  return outputs.flatMap((output) => {
    if (output.kind === 'close') return [`close ${output.neighbour}: ${output.because}`];
    if (output.kind === 'leave') return [`leave: ${output.because}`];
    if (output.kind !== 'send' || output.message.kind === 'request') return [];
    const { message } = output;
    const numbers =
      'begin' in message ? ` ${message.index}+${message.begin}` : 'index' in message ? ` ${message.index}` : '';
    return [`${output.to} ${message.kind}${numbers}`];
  });
}

function connect(id: number, { isFast = true } = {}): string[] {
  const peerId = octetsOfKey(`-XX0001-${id}`.padEnd(20, '.'));
  const endpoint = { address: `10.53.0.${id}`, port: 6881 };
  const reserved = encodeReserved(isFast ? ['fast'] : []);
  return describeOutputs(swarm.step({ kind: 'connected', id, endpoint, peerId, isDialled: false, reserved }, now));
}

function hear(from: number, ...messages: PeerMessage[]): string[] {
  return messages.flatMap((message) => describeOutputs(swarm.step({ kind: 'message', from, message }, now)));
}

/** Time passes, with a tick each second. */
function pass(seconds: number): string[] {
  const said: string[] = [];
  for (let second = 0; second < seconds; second++) {
    now += 1_000;
    for (const id of swarm.neighbours.keys())
      swarm.step({ kind: 'message', from: id, message: { kind: 'keep-alive' } }, now);
    said.push(...describeOutputs(swarm.step({ kind: 'tick' }, now)));
  }
  return said;
}

function request(index: number, begin = 0, length = BLOCK_OCTETS): PeerMessage {
  return { kind: 'request', index, begin, length };
}

function bitfield(...indexes: number[]): PeerMessage {
  return { kind: 'bitfield', bits: setOf(indexes).encode() };
}

function given(): string[] {
  const given: string[] = [];
  for (let next = swarm.nextUpload(now, () => true); next !== null; next = swarm.nextUpload(now, () => true)) {
    given.push(`${next.to} ${next.block.index}+${next.block.begin}`);
  }
  return given;
}

const INTERESTED: PeerMessage = { kind: 'interested' };
const NOT_INTERESTED: PeerMessage = { kind: 'not interested' };

describe('a neighbour with the fast extension gets an answer to each request (BEP 6)', () => {
  test('a block, or a reject while it is choked', () => {
    connect(1);
    expect(hear(1, request(0))).toEqual(['1 reject 0+0']);
    expect(hear(1, INTERESTED, request(0))).toEqual(['1 unchoke']);
    expect(given()).toEqual(['1 0+0']);
  });

  test('a reject for what we do not have, and the connection stays', () => {
    setUp([0]);
    connect(1);
    expect(hear(1, INTERESTED, request(5), request(0))).toEqual(['1 unchoke', '1 reject 5+0']);
    expect(given()).toEqual(['1 0+0']);
  });

  test('a reject for each that a choke drops, and no block afterwards', () => {
    for (const id of [1, 2, 3, 4, 5]) {
      connect(id);
      hear(id, INTERESTED);
    }
    hear(1, request(0), request(1));
    hear(1, NOT_INTERESTED);
    const said = pass(10);
    expect(said.filter((line) => line.startsWith('1 '))).toEqual(['1 choke', '1 reject 0+0', '1 reject 1+0']);
    expect(said).toContain('5 unchoke');
    expect(given()).toEqual([]);
  });

  test('a reject for one that it cancels, unless the block has gone', () => {
    connect(1);
    hear(1, INTERESTED, request(0), request(1));
    expect(swarm.nextUpload(now, () => true)?.block.index).toBe(0);
    const cancel = (index: number): PeerMessage => ({ kind: 'cancel', index, begin: 0, length: BLOCK_OCTETS });
    expect(hear(1, cancel(0), cancel(1))).toEqual(['1 reject 1+0']);
    expect(given()).toEqual([]);
  });

  test('a reject for each beyond 500 that wait, until that is too much', () => {
    connect(1);
    hear(1, INTERESTED);
    const asked = (count: number) => Array.from({ length: count }, (_, nth) => request(nth >> 14, nth & 16_383, 1));
    expect(hear(1, ...asked(510))).toHaveLength(10);
    expect(given()).toHaveLength(500);
    const said = hear(1, ...asked(6_000));
    expect(said.at(-1)).toBe('close 1: more than 5000 of its requests were rejected');
    expect(swarm.neighbours.size).toBe(0);
    expect(given()).toEqual([]);
  });
});

describe('a choked neighbour may have a few pieces (BEP 6, allowed fast)', () => {
  /** 96 pieces of two blocks: three are granted, which are those of BEP 6's address and hash. */
  const grid = { pieceCount: 96, pieceLength: 2 * BLOCK_OCTETS, length: 192 * BLOCK_OCTETS };

  function setUpLarge(options: Partial<SwarmOptions> = {}): number[] {
    const have = new PieceSet(96);
    for (let index = 0; index < 96; index++) have.add(index);
    setUp([], { grid, have, ...options });
    return connect(1).flatMap((line) => (line.startsWith('1 allowed fast ') ? [Number(line.slice(15))] : []));
  }

  test('a 32nd of the file, and each octet of it once', () => {
    const granted = setUpLarge();
    expect(granted).toEqual(
      allowedFastSet('10.53.0.1', { infoHash: TEST_TORRENT.torrent.infoHash, pieceCount: 96 }, 3, sha1),
    );
    const [first = 0] = granted;
    const other = [0, 1, 2, 3].find((index) => !granted.includes(index)) ?? 0;
    expect(hear(1, request(first), request(other), request(first, BLOCK_OCTETS))).toEqual([`1 reject ${other}+0`]);
    expect(given()).toEqual([`1 ${first}+0`, `1 ${first}+${BLOCK_OCTETS}`]);
    const again = Array.from({ length: 10 }, () => {
      const said = hear(1, request(first));
      given();
      return said;
    });
    expect(again.flat()).toHaveLength(6);
  });

  test('what is granted is given though a choke comes between', () => {
    const [first = 0] = setUpLarge();
    for (const id of [2, 3, 4, 5]) connect(id);
    for (const id of [1, 2, 3, 4, 5]) hear(id, INTERESTED);
    const other = first === 0 ? 1 : 0;
    hear(1, request(first), request(other), NOT_INTERESTED);
    expect(pass(10).filter((line) => line.startsWith('1 '))).toEqual(['1 choke', `1 reject ${other}+0`]);
    expect(given()).toEqual([`1 ${first}+0`]);
  });

  test.each<[string, Partial<SwarmOptions>]>([
    ['a free rider grants nothing', { role: 'free-rider' }],
    ['a super-seed grants nothing', { superSeeds: true }],
  ])('%s', (_, options) => {
    expect(setUpLarge(options)).toEqual([]);
  });

  test('of a torrent of a few pieces nothing is granted', () => {
    expect(connect(1)).toEqual(['1 have all']);
  });
});

describe('a neighbour without the fast extension', () => {
  test('hears nothing of what is dropped', () => {
    for (const id of [1, 2, 3, 4, 5]) {
      connect(id, { isFast: false });
      hear(id, INTERESTED);
    }
    hear(1, request(0), NOT_INTERESTED);
    expect(pass(10).filter((line) => line.startsWith('1 '))).toEqual(['1 choke']);
    expect(hear(1, request(0))).toEqual([]);
    expect(given()).toEqual([]);
  });

  test('is closed when it asks for what we never said to have, or more than 500 times', () => {
    setUp([0]);
    connect(1, { isFast: false });
    const because = 'it asks for piece 5, which it was never told that we have';
    expect(hear(1, INTERESTED, request(5)).at(-1)).toBe(`close 1: ${because}`);
    connect(2, { isFast: false });
    hear(2, INTERESTED);
    const said = hear(2, ...Array.from({ length: 501 }, (_, nth) => request(0, nth, 1)));
    expect(said).toEqual(['close 2: more than 500 of its requests wait']);
  });
});

test('interest that changes 10,000 times in ten seconds ends the connection; the slots are not switched to and fro', () => {
  connect(1);
  const said = Array.from({ length: 6_000 }, () => hear(1, INTERESTED, NOT_INTERESTED)).flat();
  expect(said).toEqual(['1 unchoke', 'close 1: it changed its interest more than 10000 times in 10 s']);
});

describe('policies change while it runs', () => {
  test('without choking everybody that is interested is unchoked, and later the slots are scarce again', () => {
    for (const id of [1, 2, 3, 4, 5, 6]) {
      connect(id);
      hear(id, INTERESTED);
    }
    const unchoked = () => [...swarm.neighbours.values()].filter(({ ours }) => !ours.choking).length;
    expect(unchoked()).toBe(4);
    expect(describeOutputs(swarm.setPolicy({ chokePolicy: 'none' }, now))).toEqual(['5 unchoke', '6 unchoke']);
    swarm.setPolicy({ chokePolicy: 'tit-for-tat', uploadSlots: 2 }, now);
    expect(unchoked()).toBe(6);
    pass(10);
    expect(unchoked()).toBe(2);
  });

  test('a limit holds from the moment that it is set', () => {
    connect(1);
    hear(1, INTERESTED, ...ALL.flatMap((index) => [request(index), request(index, BLOCK_OCTETS)]));
    swarm.setLimits({ uploadBytesPerS: 4 * BLOCK_OCTETS }, now);
    expect(given()).toHaveLength(1);
    expect(swarm.waitMs(now)).toBe(250);
    now += 250;
    expect(given()).toHaveLength(1);
    swarm.setLimits({ uploadBytesPerS: 0 }, now);
    expect(given()).toHaveLength(18);
  });
});

describe('a seed suggests (BEP 6, suggest piece)', () => {
  beforeEach(() => setUp(ALL, { suggests: true }));

  const suggestedTo = (id: number, said: string[]) =>
    said.flatMap((line) => (line.startsWith(`${id} suggest `) ? [Number(line.slice(10))] : []));

  test('two pieces to each that it unchokes, before it does, and nobody the same', () => {
    for (const id of [1, 2]) connect(id);
    const said = [...hear(1, INTERESTED), ...hear(2, INTERESTED)];
    expect(said.map((line) => line.replace(/\d+$/, ''))).toEqual(
      [1, 2].flatMap((id) => [`${id} suggest `, `${id} suggest `, `${id} unchoke`]),
    );
    expect(new Set([...suggestedTo(1, said), ...suggestedTo(2, said)]).size).toBe(4);
  });

  test('the next one when a piece is asked for, and none that was given to another without being suggested', () => {
    for (const id of [1, 2]) connect(id);
    const [first = 0, second = 0] = suggestedTo(1, hear(1, INTERESTED));
    const free = ALL.find((index) => index !== first && index !== second) ?? 0;
    const said = [...hear(1, request(free)), ...hear(2, INTERESTED)];
    expect(suggestedTo(2, said)).not.toContain(free);
    const [third] = suggestedTo(1, hear(1, request(first), request(first, BLOCK_OCTETS)));
    expect(third).toBeDefined();
    expect([first, second, free]).not.toContain(third);
  });

  test('nothing that a neighbour has, and nothing when everything was given once', () => {
    for (const id of [1, 2]) connect(id);
    hear(2, bitfield(0, 1, 2, 3, 4, 5, 6, 7));
    expect(suggestedTo(1, hear(1, INTERESTED)).toSorted()).toEqual([8, 9]);
    expect(suggestedTo(1, hear(1, request(8), request(9)))).toEqual([]);
    expect(suggestedTo(2, hear(2, INTERESTED))).toEqual([]);
  });

  test('again what one that is choked or gone did not ask for', () => {
    for (const id of [1, 2, 3, 4]) connect(id);
    const shown = [1, 2, 3, 4].flatMap((id) => suggestedTo(id, hear(id, INTERESTED)));
    expect(new Set(shown).size).toBe(8);
    connect(5);
    connect(6);
    swarm.step({ kind: 'closed', neighbour: 1 }, now);
    const rest = [5, 6].flatMap((id) => suggestedTo(id, hear(id, INTERESTED)));
    hear(2, NOT_INTERESTED);
    rest.push(...suggestedTo(6, pass(10)));
    expect(rest).toHaveLength(4);
    expect(rest.some((index) => shown.slice(0, 2).includes(index) || shown.slice(2, 4).includes(index))).toBe(true);
  });

  test('to one that heeds none no more, and to others what that one was told', () => {
    connect(1);
    const ignored = suggestedTo(1, hear(1, INTERESTED));
    const [another = 0, ...other] = ALL.filter((index) => !ignored.includes(index));
    pass(3);
    hear(1, request(another));
    pass(30);
    expect(suggestedTo(1, hear(1, ...other.map((index) => request(index))))).toEqual([]);
    connect(2);
    expect(suggestedTo(2, hear(2, INTERESTED)).toSorted()).toEqual(ignored.toSorted());
  });

  test('on and on to one that is slow, and begins with nothing else meanwhile', () => {
    connect(1);
    const [first = 0] = suggestedTo(1, hear(1, INTERESTED));
    hear(1, request(first));
    pass(60);
    const next = ALL.find((index) => index !== first) ?? 0;
    expect(suggestedTo(1, hear(1, request(next)))).toHaveLength(2);
  });

  test.each<[string, Partial<SwarmOptions>, boolean]>([
    ['one without the fast extension', {}, false],
    ['anybody, as a super-seed', { superSeeds: true }, true],
    ['anybody, as a poisoner', { role: 'poisoner' }, true],
  ])('nothing to %s', (_, options, isFast) => {
    setUp(ALL, { suggests: true, ...options });
    connect(1, { isFast });
    expect(suggestedTo(1, hear(1, INTERESTED))).toEqual([]);
  });

  test('not fifty times in a second', () => {
    const grid = { pieceCount: 96, pieceLength: BLOCK_OCTETS, length: 96 * BLOCK_OCTETS };
    setUp([], { grid, have: piecesOf(grid, Array(96).keys()), suggests: true });
    connect(1);
    const told = suggestedTo(1, hear(1, INTERESTED));
    for (let at = 0; at < told.length; at++) told.push(...suggestedTo(1, hear(1, request(told[at] ?? 0))));
    expect(told).toHaveLength(50);
    given();
    pass(1);
    const one = ALL.find((index) => !told.includes(index)) ?? 95;
    expect(suggestedTo(1, hear(1, request(one)))).toHaveLength(2);
  });
});

describe('a seed whose limit is not used up', () => {
  /** Six want something, and each of those that are unchoked asks for a block in a second; returns the unchokes by second. */
  function unchokedAfter(seconds: number, blocksPerS: number, mine = ALL): number {
    setUp(mine, { uploadBytesPerS: blocksPerS * BLOCK_OCTETS });
    const ids = [1, 2, 3, 4, 5, 6];
    for (const id of ids) connect(id);
    for (const id of ids) hear(id, INTERESTED);
    for (let second = 0; second < seconds; second++) {
      for (const { id, ours } of swarm.neighbours.values()) if (!ours.choking) hear(id, request(0));
      given();
      pass(1);
      given();
    }
    return [...swarm.neighbours.values()].filter(({ ours }) => !ours.choking).length;
  }

  test('unchokes as many more as the rest would feed, after two seconds', () => {
    expect(unchokedAfter(1, 50)).toBe(4);
    expect(unchokedAfter(4, 50)).toBe(6);
  });

  test('has four slots while it is', () => {
    expect(unchokedAfter(9, 4)).toBe(4);
  });

  test('and a leecher has four in any case', () => {
    expect(unchokedAfter(9, 50, ALL.slice(0, 9))).toBe(4);
  });
});

describe('a super-seed (BEP 16)', () => {
  beforeEach(() => setUp(ALL, { superSeeds: true }));

  const shownTo = (id: number, said: string[]) =>
    said.flatMap((line) => {
      const [to, kind, index] = line.split(' ');
      return to === `${id}` && kind === 'have' && Number.isInteger(Number(index)) ? [Number(index)] : [];
    });

  test('says that it has nothing, and shows each neighbour pieces of its own', () => {
    const first = connect(1);
    const second = connect(2, { isFast: false });
    expect(first).toEqual(['1 have none', expect.stringMatching(/^1 have \d$/), expect.stringMatching(/^1 have \d$/)]);
    expect(second).toHaveLength(2);
    expect(new Set([...shownTo(1, first), ...shownTo(2, second)]).size).toBe(4);
  });

  test('gives no piece that it has not shown', () => {
    const [shown = 0] = shownTo(1, connect(1));
    const hidden = ALL.find((index) => index !== shown && !connect(9).includes(`1 have ${index}`)) ?? 0;
    hear(1, INTERESTED);
    const notShown = ALL.filter((index) => index !== hidden);
    expect(hear(1, request(shown))).toEqual([]);
    expect(given()).toEqual([`1 ${shown}+0`]);
    expect(notShown.flatMap((index) => hear(1, request(index))).length).toBeGreaterThanOrEqual(7);
  });

  test('shows another piece when the one before has been seen elsewhere, not when its neighbour says to have it', () => {
    const [shown = 0] = shownTo(1, connect(1));
    connect(2);
    expect(hear(1, { kind: 'have', index: shown })).toEqual([]);
    const said = hear(2, { kind: 'have', index: shown });
    expect(said).toEqual([expect.stringMatching(/^1 have \d$/)]);
    expect(shownTo(1, said)).not.toContain(shown);
  });

  test('shows everything, piece by piece, to a neighbour that is alone', () => {
    const seen = shownTo(1, connect(1));
    for (let at = 0; at < seen.length; at++) seen.push(...shownTo(1, hear(1, { kind: 'have', index: seen[at] ?? 0 })));
    expect(seen.toSorted()).toEqual(ALL);
  });

  test('shows the rarest pieces first', () => {
    connect(2);
    hear(2, bitfield(0, 1, 2, 3, 4, 5));
    const seen = shownTo(3, connect(3));
    expect(seen.every((index) => index > 5)).toBe(true);
  });

  test('shows another piece after a minute to one that does not pass on what it has', () => {
    const [first = 0, second = 0] = shownTo(1, connect(1));
    connect(2);
    hear(1, { kind: 'have', index: first }, { kind: 'have', index: second });
    expect(shownTo(1, pass(59))).toEqual([]);
    expect(shownTo(1, pass(1))).toHaveLength(2);
  });

  test('that is one no more shows the rest', () => {
    const seen = shownTo(1, connect(1));
    seen.push(...shownTo(1, describeOutputs(swarm.setPolicy({ superSeeds: false }, now))));
    expect(seen.toSorted()).toEqual(ALL);
    expect(connect(2)).toEqual(['2 have all']);
  });

  test('keeps its count when neighbours go', () => {
    for (let round = 0; round < 30; round++) {
      const id = 1 + round;
      for (const index of shownTo(id, connect(id))) hear(id, { kind: 'have', index }, { kind: 'have', index });
      if (round % 3 > 0) swarm.step({ kind: 'closed', neighbour: id - 1 }, now);
      if (swarm.neighbours.size > 8)
        for (const gone of [...swarm.neighbours.keys()]) swarm.step({ kind: 'closed', neighbour: gone }, now);
    }
    expect(shownTo(99, connect(99))).toHaveLength(2);
  });

  test('is not one before it has everything', () => {
    setUp([3], { superSeeds: true });
    expect(connect(1, { isFast: false })).toEqual(['1 bitfield']);
  });
});

describe('a role', () => {
  test('free rider: unchokes nobody, and takes', () => {
    setUp([0], { role: 'free-rider' });
    connect(1);
    expect(hear(1, bitfield(1, 2), INTERESTED)).toEqual(['1 interested']);
    expect(pass(60)).toEqual([]);
  });

  test('liar: says to have everything, unchokes everybody and answers nothing', () => {
    setUp([], { role: 'liar' });
    for (let id = 1; id <= 6; id++) {
      expect(connect(id)).toEqual([`${id} have all`]);
      expect(hear(id, INTERESTED, request(3))).toEqual([`${id} unchoke`]);
    }
    expect(given()).toEqual([]);
  });

  test('poisoner: says to have everything and answers each request, wrongly', () => {
    setUp([], { role: 'poisoner' });
    connect(1);
    hear(1, INTERESTED, request(3), request(4));
    expect(given()).toEqual(['1 3+0', '1 4+0']);
    expect(swarm.role.answers).toBe('wrongly');
  });

  test('leaver: as a seed it goes when its neighbours together have everything', () => {
    setUp(ALL, { role: 'leaver' });
    connect(1);
    connect(2);
    hear(1, bitfield(0, 1, 2, 3, 4));
    hear(2, bitfield(5, 6, 7, 8));
    expect(pass(30).filter((line) => line.startsWith('leave'))).toEqual([]);
    hear(2, { kind: 'have', index: 9 });
    expect(pass(3).filter((line) => line.startsWith('leave'))).toEqual([
      'leave: it plays a leaver: as a seed it goes after one copy',
    ]);
  });

  test('slow: gives a block in two seconds, whatever its limit', () => {
    setUp(ALL, { role: 'slow', uploadBytesPerS: 1_000_000 });
    connect(1);
    hear(1, INTERESTED, ...ALL.map((index) => request(index)));
    expect(given()).toHaveLength(1);
    expect(swarm.waitMs(now)).toBe(2_000);
    swarm.setLimits({ uploadBytesPerS: 0 }, now);
    expect(given()).toHaveLength(1);
  });

  test('silent: says nothing at all', () => {
    setUp([0], { role: 'silent' });
    expect(connect(1)).toEqual([]);
    expect(hear(1, bitfield(...ALL), INTERESTED, { kind: 'unchoke' }, request(0))).toEqual([]);
    expect(pass(140)).toEqual([]);
  });
});
