import { beforeEach, describe, expect, test } from 'vitest';
import { encodeReserved } from '#shared/bittorrent/handshake.ts';
import { BLOCK_OCTETS, type PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { PieceSet } from '#shared/bittorrent/piece-set.ts';
import { Swarm } from '../../src/protocol/swarm.ts';
import type { SwarmInput, SwarmOptions, SwarmOutput } from '../../src/protocol/swarm-exchange.ts';
import type { WebSeedEvent } from '../../src/protocol/web-seeds.ts';
import { SimulatedSwarm } from './simulated-swarm.ts';
import { piecesOf, testSwarm } from './test-swarm.ts';
import { OFFERS_NOTHING } from './test-torrent.ts';

/** Ten pieces of four blocks. */
const PIECE_OCTETS = 4 * BLOCK_OCTETS;
const GRID = { pieceCount: 10, pieceLength: PIECE_OCTETS, length: 10 * PIECE_OCTETS };
const WEB = 'http://web/file.bin';
/** Whoever was asked for blocks and has been silent for so long is late. */
const LATE_MS = 1_000;

let swarm: Swarm;
let now: number;

function setUp(options: Partial<SwarmOptions> = {}): void {
  now = 1_000_000;
  swarm = new Swarm({ ...testSwarm(GRID, new PieceSet(GRID.pieceCount), now), offers: ['fast'], ...options });
}

beforeEach(() => setUp());

const setOf = (...indexes: number[]) => piecesOf(GRID, indexes);

function allBut(...indexes: number[]): PieceSet {
  return setOf(...Array.from({ length: GRID.pieceCount }, (_, index) => index).filter((one) => !indexes.includes(one)));
}

/** One line for each output that is about downloads: "1 request 3+16384", "close 1", "check 3". */
function step(input: SwarmInput): string[] {
  return lines(swarm.step(input, now));
}

function lines(outputs: readonly SwarmOutput[]): string[] {
  return outputs.flatMap((output) => {
    switch (output.kind) {
      case 'send':
        return [`${output.to} ${describeMessage(output.message)}`];
      case 'close':
        return [`close ${output.neighbour}: ${output.because}`];
      case 'ban':
        return [`ban ${output.address}: ${output.because}`];
      case 'check':
        return [`check ${output.piece.index}`];
      case 'completed':
        return ['completed'];
      case 'fetch':
        return [`fetch ${output.fetch.index}+${output.fetch.begin} of ${output.fetch.length}`];
      case 'web seed':
        return [`${output.state}: ${output.because}`];
      default:
        return [];
    }
  });
}

function describeMessage(message: PeerMessage): string {
  const about = 'index' in message ? ` ${message.index}` : '';
  return `${message.kind}${about}${'begin' in message ? `+${message.begin}` : ''}`;
}

/** A neighbour that has `pieces`, and offers the fast extension unless it `isOld`. */
function connect(id: number, pieces: PieceSet, { isOld = false } = {}): string[] {
  const endpoint = { address: `10.53.0.${id}`, port: 6881 };
  const reserved = isOld ? OFFERS_NOTHING : encodeReserved(['fast']);
  const peerId = Uint8Array.from({ length: 20 }, () => id);
  const said = step({ kind: 'connected', id, endpoint, peerId, isDialled: false, reserved });
  return [...said, ...hear(id, { kind: 'bitfield', bits: pieces.encode() })];
}

/** The same, and it unchokes us. */
function open(id: number, pieces: PieceSet, options?: { isOld?: boolean }): string[] {
  return [...connect(id, pieces, options), ...hear(id, { kind: 'unchoke' })];
}

function hear(from: number, message: PeerMessage): string[] {
  return step({ kind: 'message', from, message });
}

/** A block full of `octet`. */
function block(index: number, begin: number, octet = 0): PeerMessage {
  return { kind: 'piece', index, begin, block: new Uint8Array(BLOCK_OCTETS).fill(octet) };
}

function requestsOf(said: readonly string[], id?: number): string[] {
  return said
    .filter((line) => line.includes(' request ') && (id === undefined || line.startsWith(`${id} `)))
    .map((line) => line.replace(/.* request /, ''))
    .toSorted();
}

function reject(request: string | undefined): PeerMessage {
  const [index = 0, begin = 0] = (request ?? '').split('+').map(Number);
  return { kind: 'reject', index, begin, length: BLOCK_OCTETS };
}

/** The blocks of a piece as the requests write them. */
function blocksOf(index: number): string[] {
  return [0, 1, 2, 3].map((nth) => `${index}+${nth * BLOCK_OCTETS}`).toSorted();
}

describe('the fast extension (BEP 6)', () => {
  test('a choke keeps what is on its way; each rejected request is asked of another', () => {
    setUp({ have: allBut(3) });
    const asked = requestsOf(open(1, setOf(3)));
    expect(asked).toEqual(blocksOf(3));
    now += LATE_MS;
    const [twice] = requestsOf(open(2, setOf(3)), 2);
    expect(twice).toBeDefined();
    expect(requestsOf(hear(1, { kind: 'choke' }))).toEqual([]);
    const [first, second] = asked.filter((one) => one !== twice);
    hear(1, block(3, Number(first?.split('+')[1])));
    expect(swarm.downloads.wastedBytes).toBe(0);
    expect(requestsOf(hear(1, reject(second)), 2)).toEqual([second]);
  });

  test('without it a choke takes everything back, and what was sent before counts all the same', () => {
    setUp({ have: allBut(3) });
    open(1, setOf(3), { isOld: true });
    open(2, setOf(3), { isOld: true });
    expect(requestsOf(hear(1, { kind: 'choke' }), 2).length).toBeGreaterThan(0);
    const said = hear(1, block(3, 0));
    expect(swarm.downloads.wastedBytes).toBe(0);
    expect(said).toContain('2 cancel 3+0');
    // Once: a second copy is one that nobody asked for.
    hear(1, block(3, 0));
    expect(swarm.downloads.wastedBytes).toBe(BLOCK_OCTETS);
  });

  test('who rejects while it does not choke is not asked again at once', () => {
    setUp({ have: allBut(3) });
    const asked = requestsOf(open(1, setOf(3)));
    expect(requestsOf(hear(1, reject(asked[0])))).toEqual([]);
    expect(requestsOf(hear(1, reject(asked[1])))).toEqual([]);
    now += 1_000;
    expect(requestsOf(step({ kind: 'tick' }))).toEqual([asked[0], asked[1]]);
  });

  test('a reject of what was not asked ends the connection', () => {
    open(1, setOf(3));
    expect(hear(1, reject('4+0'))).toEqual([
      'close 1: it broke BEP 6: it rejects a block of piece 4 that it was not asked for',
    ]);
  });

  test('a reject that answers a cancel is in order, once', () => {
    setUp({ have: allBut(9) });
    open(1, setOf(9));
    now += LATE_MS;
    const [twice] = requestsOf(open(2, setOf(9)), 2);
    const begin = Number(twice?.split('+')[1]);
    expect(hear(1, block(9, begin))).toContain(`2 cancel ${twice}`);
    expect(hear(2, reject(twice)).filter((line) => line.startsWith('close'))).toEqual([]);
    expect(hear(2, reject(twice)).at(-1)).toMatch(/^close 2/);
  });

  test('pieces that are allowed while it chokes are asked for then, if it has them', () => {
    connect(1, setOf(3, 4));
    expect(requestsOf(hear(1, { kind: 'allowed fast', index: 5 }))).toEqual([]);
    expect(requestsOf(hear(1, { kind: 'allowed fast', index: 4 }))).toEqual(blocksOf(4));
    expect(requestsOf(hear(1, { kind: 'unchoke' })).length).toBeGreaterThan(0);
  });

  test('a piece that is allowed before it is there is asked for when it comes', () => {
    connect(1, setOf(3));
    hear(1, { kind: 'allowed fast', index: 5 });
    expect(requestsOf(hear(1, { kind: 'have', index: 5 }))).toEqual(blocksOf(5));
  });

  test('of equally rare pieces the one that is suggested is asked for first', () => {
    setUp({ have: setOf(0, 1, 2, 3) });
    connect(1, setOf(4, 5, 6, 7, 8, 9));
    hear(1, { kind: 'suggest', index: 8 });
    expect(requestsOf(hear(1, { kind: 'unchoke' }), 1)).toEqual(expect.arrayContaining(blocksOf(8)));
  });
});

describe('policies', () => {
  test('another one holds from the next piece on', () => {
    setUp({ have: setOf(0, 1, 2, 3) });
    connect(1, allBut());
    swarm.setPolicy({ pickPolicy: 'sequential' }, now);
    const said = hear(1, { kind: 'unchoke' });
    expect(requestsOf(said)).toEqual([...blocksOf(4), '5+0']);
  });
});

describe('a part of the torrent', () => {
  test('interest, requests and the end are those of the wanted pieces', () => {
    setUp({ wanted: setOf(2) });
    expect(connect(1, setOf(3))).not.toContain('1 interested');
    const said = open(2, setOf(2, 3));
    expect(said).toContain('2 interested');
    expect(requestsOf(said)).toEqual(blocksOf(2));
    for (let nth = 0; nth < 4; nth++) hear(2, block(2, nth * BLOCK_OCTETS));
    expect(swarm.downloads.isDone).toBe(false);
    const checked = step({ kind: 'checked', index: 2, result: 'right' });
    expect(checked).toEqual(expect.arrayContaining(['2 not interested', 'completed']));
    expect(swarm.downloads.isDone).toBe(true);
  });

  test('more can be wanted later, and less', () => {
    setUp({ wanted: setOf(2) });
    open(1, setOf(3));
    const said = lines(swarm.setWanted(null, now));
    expect(said).toContain('1 interested');
    expect(requestsOf(said)).toEqual(blocksOf(3));
    expect(lines(swarm.setWanted(setOf(), now))).toEqual(expect.arrayContaining(['1 not interested', 'completed']));
  });
});

describe('the liar among several givers', () => {
  /** Three give blocks of piece 3, the second of them a wrong one; the piece is then fetched from one alone. */
  function giveWrong(): string[] {
    setUp({ have: allBut(3) });
    for (const id of [1, 2, 3]) connect(id, setOf(3));
    hear(1, { kind: 'unchoke' });
    hear(1, block(3, 0, 7));
    hear(1, { kind: 'choke' });
    for (const nth of [1, 2, 3]) hear(1, reject(blocksOf(3).find((one) => one === `3+${nth * BLOCK_OCTETS}`)));
    hear(2, { kind: 'unchoke' });
    hear(2, block(3, BLOCK_OCTETS, 99));
    hear(2, block(3, 2 * BLOCK_OCTETS, 7));
    hear(2, { kind: 'choke' });
    hear(2, reject(`3+${3 * BLOCK_OCTETS}`));
    hear(3, { kind: 'unchoke' });
    expect(hear(3, block(3, 3 * BLOCK_OCTETS, 7))).toEqual(['check 3']);
    return step({ kind: 'checked', index: 3, result: 'wrong' });
  }

  test('is not known at first: nobody is banned, and one alone is asked for the whole piece', () => {
    const said = giveWrong();
    expect(said.filter((line) => line.startsWith('ban'))).toEqual([]);
    expect(requestsOf(said, 3)).toEqual(blocksOf(3));
    expect(requestsOf(hear(1, { kind: 'unchoke' }))).toEqual([]);
  });

  test('is known when the piece is right: whose block differs is banned, the others are not', () => {
    giveWrong();
    for (let nth = 0; nth < 4; nth++) hear(3, block(3, nth * BLOCK_OCTETS, 7));
    const said = step({ kind: 'checked', index: 3, result: 'right' });
    expect(said.filter((line) => line.startsWith('ban'))).toEqual([
      'ban 10.53.0.2: a block of piece 3 that it gave is not that of the right one',
    ]);
    expect([...swarm.neighbours.keys()].toSorted()).toEqual([1, 3]);
  });
});

describe('one alone that is silent', () => {
  test('passes the piece on to who has given most and was not silent; when all were, it begins again', () => {
    setUp({ have: allBut(3, 4) });
    for (const id of [1, 2, 3, 4]) connect(id, id === 4 ? setOf(3, 4) : setOf(3));
    // 4 is the one to be trusted, and comes last: it has given a whole piece.
    hear(4, { kind: 'unchoke' });
    for (let nth = 0; nth < 4; nth++) hear(4, block(4, nth * BLOCK_OCTETS));
    step({ kind: 'checked', index: 4, result: 'right' });
    hear(4, { kind: 'choke' });
    for (const request of blocksOf(3)) hear(4, reject(request));
    // The others have given a block each, by which the piece is wrong.
    for (const id of [1, 2, 3]) {
      hear(id, { kind: 'unchoke' });
      hear(id, block(3, (id - 1) * BLOCK_OCTETS, 99));
      if (id === 3) break;
      hear(id, { kind: 'choke' });
      for (const request of blocksOf(3).slice(id)) hear(id, reject(request));
    }
    expect(hear(3, block(3, 3 * BLOCK_OCTETS, 99))).toContain('check 3');
    expect(requestsOf(step({ kind: 'checked', index: 3, result: 'wrong' }), 3)).toEqual(blocksOf(3));
    for (const id of [1, 2, 4]) expect(requestsOf(hear(id, { kind: 'unchoke' }))).toEqual([]);

    const passedOn = [];
    for (let patienceMs = 3_000; passedOn.length < 4; patienceMs *= 2) {
      now += patienceMs - 1;
      expect(requestsOf(step({ kind: 'tick' }))).toEqual([]);
      now += 1;
      const said = step({ kind: 'tick' });
      expect(requestsOf(said)).toEqual(blocksOf(3));
      passedOn.push(said.find((line) => line.includes(' request '))?.charAt(0));
    }
    expect(passedOn).toEqual(['4', '1', '2', '4']);
  });
});

describe('a web seed (BEP 19)', () => {
  function heed(event: WebSeedEvent, url = WEB): string[] {
    return step({ kind: 'web seed', url, event });
  }

  function give(begin: number): string[] {
    return heed({ kind: 'block', begin, block: new Uint8Array(BLOCK_OCTETS) });
  }

  beforeEach(() => setUp({ have: allBut(3, 4), webSeeds: [WEB] }));

  function startFetch(): number {
    const [line = ''] = step({ kind: 'tick' });
    expect(line).toMatch(/^fetch [34]\+0 of 65536$/);
    return Number(line.charAt(6));
  }

  test('is asked for a whole piece, which is checked like any other, and then for the next', () => {
    const first = startFetch();
    for (let nth = 0; nth < 3; nth++) expect(give(nth * BLOCK_OCTETS)).toEqual([]);
    expect(give(3 * BLOCK_OCTETS)).toEqual([`check ${first}`]);
    expect(heed({ kind: 'done' })).toEqual([`fetch ${7 - first}+0 of 65536`]);
    expect(swarm.downloads.webSeeds.snapshot(now)).toMatchObject([{ downloaded: PIECE_OCTETS }]);
  });

  test('and a neighbour fetch different pieces', () => {
    const first = startFetch();
    expect(requestsOf(open(1, allBut()), 1)).toEqual(blocksOf(7 - first));
  });

  test('is dropped for wrong octets, and what it gave is fetched elsewhere', () => {
    const first = startFetch();
    open(1, setOf(first));
    for (let nth = 0; nth < 4; nth++) give(nth * BLOCK_OCTETS);
    const said = step({ kind: 'checked', index: first, result: 'wrong' });
    expect(said[0]).toBe(`dropped: all of piece ${first} came from it, and its hash is wrong`);
    expect(requestsOf(said, 1)).toEqual(blocksOf(first));
    expect(heed({ kind: 'done' })).toEqual([]);
    expect(step({ kind: 'tick' })).toEqual([]);
  });

  test('is dropped when it is of no use; what is missing is asked of others', () => {
    const first = startFetch();
    give(0);
    const others = setOf(first);
    open(1, others);
    const said = heed({ kind: 'useless', because: 'it has no ranges' });
    expect(said[0]).toBe('dropped: it has no ranges');
    expect(requestsOf(said, 1).length).toBeGreaterThan(0);
    expect(swarm.downloads.webSeeds.snapshot(now)).toMatchObject([
      { url: WEB, state: 'dropped', downloaded: BLOCK_OCTETS },
    ]);
  });

  test('that is busy is asked again when it says, or after a pause that doubles', () => {
    startFetch();
    expect(heed({ kind: 'busy', because: 'status 503', afterMs: 60_000 })).toEqual(['put off: status 503']);
    now += 59_999;
    expect(step({ kind: 'tick' })).toEqual([]);
    now += 1;
    for (const pauseMs of [4_000, 8_000, 16_000]) {
      expect(step({ kind: 'tick' })).toEqual([expect.stringMatching(/^fetch/)]);
      heed({ kind: 'busy', because: 'away', afterMs: null });
      now += pauseMs - 1;
      expect(step({ kind: 'tick' })).toEqual([]);
      now += 1;
    }
  });

  test('that gives a block out of turn, or of another place, is not heeded', () => {
    const first = startFetch();
    give(BLOCK_OCTETS);
    give(64 * BLOCK_OCTETS);
    expect(swarm.downloads.picker.startedPiece(first)?.arrivedOctets).toBe(0);
    heed({ kind: 'block', begin: 0, block: new Uint8Array(BLOCK_OCTETS) }, 'http://other/');
    expect(swarm.downloads.picker.startedPiece(first)?.arrivedOctets).toBe(0);
  });

  test('waits for the limit of the download', () => {
    setUp({ have: allBut(3, 4), webSeeds: [WEB], downloadBytesPerS: PIECE_OCTETS });
    startFetch();
    for (let nth = 0; nth < 4; nth++) give(nth * BLOCK_OCTETS);
    expect(heed({ kind: 'done' })).toEqual([]);
    const waitMs = swarm.waitMs(now) ?? 0;
    expect(waitMs).toBe(1_000);
    now += waitMs;
    expect(lines(swarm.resume(now))).toEqual([expect.stringMatching(/^fetch/)]);
  });
});

describe('the endgame', () => {
  test('asks for nothing twice while the first may still come in time, and then for one block at a time', () => {
    setUp({ have: allBut(3) });
    open(1, setOf(3));
    expect(requestsOf(open(2, setOf(3)), 2)).toEqual([]);
    expect(requestsOf(step({ kind: 'tick' }))).toEqual([]);
    now += LATE_MS;
    expect(requestsOf(step({ kind: 'tick' }))).toEqual([`3+${3 * BLOCK_OCTETS}`]);
    now += LATE_MS;
    expect(requestsOf(step({ kind: 'tick' }))).toEqual([]);
  });
});

describe('the endgame in a swarm', () => {
  test.each([1, 2, 3])('of five seeds without limits wastes less than 2 %% (draw %i)', (seed) => {
    const grid = { pieceCount: 16, pieceLength: 16 * BLOCK_OCTETS, length: 16 * 16 * BLOCK_OCTETS };
    const peers = Array.from({ length: 6 }, (_, nth) => ({ uploadBytesPerS: 0, isSeed: nth < 5 }));
    const simulated = new SimulatedSwarm({ grid, peers, seed, latencyMs: 1 });
    simulated.run();
    expect(simulated.completedAt).toBeLessThan(1_000);
    expect(simulated.members[5]?.swarm.downloads.wastedBytes).toBeLessThan(0.02 * grid.length);
  });

  test.each([
    ['sixteen pieces', 16],
    ['256 pieces', 256],
  ])('of %s wastes less than 2 % on blocks that come twice', (_, pieceCount) => {
    const grid = { pieceCount, pieceLength: 16 * BLOCK_OCTETS, length: pieceCount * 16 * BLOCK_OCTETS };
    const MIB = 1024 * 1024;
    const rates = [4, 1, 1, 0.25, 1];
    const peers = rates.map((rate, nth) => ({ uploadBytesPerS: rate * MIB, isSeed: nth === 0 }));
    for (const seed of [1, 2, 3]) {
      const simulated = new SimulatedSwarm({ grid, peers, seed, latencyMs: 20 });
      simulated.run();
      const wasted = simulated.members.reduce((sum, { swarm: { downloads } }) => sum + downloads.wastedBytes, 0);
      expect(simulated.completedAt).toBeLessThan(Number.POSITIVE_INFINITY);
      expect(wasted / (grid.length * (rates.length - 1))).toBeLessThan(0.02);
    }
  });
});
