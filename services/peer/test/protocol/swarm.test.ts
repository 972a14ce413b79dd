import { beforeEach, describe, expect, test } from 'vitest';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { BLOCK_OCTETS, type PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { Swarm } from '../../src/protocol/swarm.ts';
import type { SwarmInput, SwarmOptions, SwarmOutput } from '../../src/protocol/swarm-exchange.ts';
import { piecesOf, testSwarm } from './test-swarm.ts';
import { OFFERS_NOTHING } from './test-torrent.ts';

/** Ten pieces of two blocks. */
const GRID = { pieceCount: 10, pieceLength: 2 * BLOCK_OCTETS, length: 20 * BLOCK_OCTETS };
const START = 1_000_000;

let swarm: Swarm;
let now: number;

function setUp(mine: number[] = [], options: Partial<SwarmOptions> = {}): void {
  now = START;
  swarm = new Swarm({ ...testSwarm(GRID, setOf(mine), now), ...options });
}

beforeEach(() => setUp());

const setOf = (indexes: Iterable<number>) => piecesOf(GRID, indexes);

/** One line for each output: "send 1 request 3+16384", "close 1", "check 3". */
function step(input: SwarmInput): string[] {
  return swarm.step(input, now).map(describeOutput);
}

function describeOutput(output: SwarmOutput): string {
  switch (output.kind) {
    case 'send':
      return `send ${output.to} ${describeMessage(output.message)}`;
    case 'close':
      return `close ${output.neighbour}: ${output.because}`;
    case 'ban':
      return `ban ${output.address}`;
    case 'check':
      return `check ${output.piece.index}`;
    case 'picked':
      return `picked ${output.pick.block.index}`;
    case 'verified':
      return `verified ${output.index}`;
    case 'completed':
      return 'completed';
    case 'fetch':
      return `fetch ${output.fetch.index}+${output.fetch.begin} of ${output.fetch.length}`;
    case 'web seed':
      return `web seed ${output.state}`;
    case 'leave':
      return 'leave';
    case 'learnt':
      return `learnt ${output.endpoints.map(({ address }) => address).join(' ')}`;
  }
}

function describeMessage(message: PeerMessage): string {
  if (message.kind === 'have') return `have ${message.index}`;
  if (message.kind === 'request' || message.kind === 'cancel')
    return `${message.kind} ${message.index}+${message.begin}`;
  return message.kind;
}

function connect(id: number, { client = '-XX0001-', address = `10.53.0.${id}` } = {}): string[] {
  const peerId = octetsOfKey(`${client}${id}`.padEnd(20, '.'));
  const endpoint = { address, port: 6881 };
  return step({ kind: 'connected', id, endpoint, peerId, isDialled: false, reserved: OFFERS_NOTHING });
}

function hear(from: number, message: PeerMessage): string[] {
  return step({ kind: 'message', from, message });
}

function bitfield(...indexes: number[]): PeerMessage {
  return { kind: 'bitfield', bits: setOf(indexes).encode() };
}

/** A neighbour that has `pieces` and has unchoked us; returns what we said then. */
function open(id: number, ...pieces: number[]): string[] {
  connect(id);
  hear(id, bitfield(...pieces));
  return hear(id, { kind: 'unchoke' });
}

function block(index: number, begin: number, length = BLOCK_OCTETS): PeerMessage {
  return { kind: 'piece', index, begin, block: new Uint8Array(length) };
}

function request(index: number, begin = 0, length = BLOCK_OCTETS): PeerMessage {
  return { kind: 'request', index, begin, length };
}

function requestsOf(lines: string[]): string[] {
  return lines.filter((line) => line.includes(' request ')).map((line) => line.replace(/.* request /, ''));
}

describe('the beginning of a conversation', () => {
  test('who has nothing says nothing; who has something says what', () => {
    expect(connect(1)).toEqual([]);
    setUp([3]);
    expect(connect(1)).toEqual(['send 1 bitfield']);
  });

  test('interest is told when the neighbour has what we lack, and taken back when not', () => {
    setUp([3]);
    connect(1);
    expect(hear(1, bitfield(3))).toEqual([]);
    expect(hear(1, { kind: 'have', index: 4 })).toEqual(['send 1 interested']);
    expect(hear(1, { kind: 'have', index: 5 })).toEqual([]);
  });

  test('an eleventh neighbour is one too many', () => {
    for (let id = 1; id <= 10; id++) connect(id);
    expect(connect(11)).toEqual(['close 11: there are 10 neighbours']);
  });
});

describe('what breaks BEP 3 ends the connection', () => {
  test.each<[string, PeerMessage[]]>([
    ['a bitfield that is not the first message', [{ kind: 'interested' }, bitfield(1)]],
    ['two bitfields', [bitfield(1), bitfield(1)]],
    ['a spare bit', [{ kind: 'bitfield', bits: Uint8Array.of(0, 0x20) }]],
    ['have of a piece that is not', [{ kind: 'have', index: 10 }]],
    ['have of 2^32-1', [{ kind: 'have', index: 2 ** 32 - 1 }]],
    ['a request of a piece that is not', [{ kind: 'interested' }, request(10)]],
    ['a request behind the end of the piece', [{ kind: 'interested' }, request(0, BLOCK_OCTETS + 1)]],
    ['a request whose end wraps around', [{ kind: 'interested' }, request(0, 2 ** 32 - 1)]],
    ['a request of length 0', [{ kind: 'interested' }, request(0, 0, 0)]],
    ['a request of more than 16 KiB', [{ kind: 'interested' }, request(0, 0, BLOCK_OCTETS + 1)]],
    ['a request of 2^31', [{ kind: 'interested' }, request(0, 0, 2 ** 31)]],
    ['a request of a piece that we lack', [{ kind: 'interested' }, request(5)]],
    ['a cancel behind the end', [{ kind: 'cancel', index: 0, begin: 2 ** 31, length: 5 }]],
    ['a block behind the end', [block(0, 2 * BLOCK_OCTETS)]],
  ])('%s', (_, messages) => {
    setUp([0]);
    connect(1);
    const said = messages.flatMap((message) => hear(1, message));
    expect(said.at(-1)).toMatch(/^close 1/);
    expect(swarm.neighbours.size).toBe(0);
    expect(swarm.nextUpload(now, () => true)).toBeNull();
  });

  test('a late bitfield of aria2 is taken for several have', () => {
    connect(1, { client: 'A2-1-36-0-' });
    hear(1, { kind: 'interested' });
    expect(hear(1, bitfield(2, 3))).toEqual(['send 1 interested']);
  });

  test('a keep-alive before the bitfield, and a message of an unknown id, are harmless', () => {
    connect(1);
    hear(1, { kind: 'keep-alive' });
    expect(hear(1, bitfield(1))).toEqual(['send 1 interested']);
    expect(hear(1, { kind: 'unknown', id: 20 })).toEqual([]);
  });
});

describe('download', () => {
  test('requests begin with unchoke, five at once, of 16 KiB each', () => {
    connect(1);
    expect(hear(1, bitfield(0, 1, 2, 3))).toEqual(['send 1 interested']);
    const requests = requestsOf(hear(1, { kind: 'unchoke' }));
    expect(requests).toHaveLength(5);
    expect(new Set(requests).size).toBe(5);
  });

  test('BT-11 only pieces that we lack and the neighbour has are asked for', () => {
    setUp([0, 1]);
    const requests = requestsOf(open(1, 0, 1, 2));
    expect(requests.toSorted()).toEqual(['2+0', '2+16384']);
  });

  test('a whole piece is checked, and announced to all when its hash is right', () => {
    open(1, 2);
    open(2);
    hear(1, block(2, 0));
    expect(hear(1, block(2, BLOCK_OCTETS))).toEqual(['check 2']);
    expect(step({ kind: 'checked', index: 2, result: 'right' })).toEqual([
      'verified 2',
      'send 1 have 2',
      'send 1 not interested',
      'send 2 have 2',
    ]);
    expect([...swarm.have]).toEqual([2]);
  });

  test('the last piece completes the download', () => {
    setUp([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    open(1, 9);
    hear(1, block(9, 0));
    hear(1, block(9, BLOCK_OCTETS));
    expect(step({ kind: 'checked', index: 9, result: 'right' })).toContain('completed');
  });

  test('a block that was not asked for, or comes twice, or has another length, is dropped and counted', () => {
    open(1, 2);
    hear(1, block(3, 0));
    hear(1, block(2, 0, 100));
    hear(1, block(2, 0));
    hear(1, block(2, 0));
    expect(swarm.downloads.wastedBytes).toBe(2 * BLOCK_OCTETS + 100);
    expect(hear(1, block(2, BLOCK_OCTETS))).toEqual(['check 2']);
  });

  test('after a choke others are asked for what was asked', () => {
    const asked = requestsOf(open(1, 2));
    expect(requestsOf(open(2, 2))).toEqual([]);
    expect(requestsOf(hear(1, { kind: 'choke' })).toSorted()).toEqual(asked.toSorted());
  });

  test('after a connection is lost others are asked for what was asked', () => {
    const asked = requestsOf(open(1, 2));
    open(2, 2);
    expect(requestsOf(step({ kind: 'closed', neighbour: 1 })).toSorted()).toEqual(asked.toSorted());
  });

  test('in the endgame the second request is taken back when the block has come', () => {
    setUp([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    open(1, 9);
    now += 3_000;
    const [twice] = requestsOf(open(2, 9));
    expect(twice).toBeDefined();
    const begin = Number(twice?.split('+')[1]);
    expect(hear(1, block(9, begin))).toContain(`send 2 cancel 9+${begin}`);
  });

  test('a limit holds requests back and lets them through later', () => {
    setUp([], { downloadBytesPerS: BLOCK_OCTETS });
    expect(requestsOf(open(1, 0, 1, 2))).toHaveLength(1);
    const waitMs = swarm.waitMs(now) ?? 0;
    expect(waitMs).toBeGreaterThan(0);
    now += waitMs;
    expect(requestsOf(swarm.resume(now).map(describeOutput))).toHaveLength(1);
  });
});

describe('a wrong hash', () => {
  test('bans the one who gave the whole piece, at once, and the download goes on elsewhere', () => {
    open(1, 2);
    open(2, 2);
    hear(1, block(2, 0));
    hear(1, block(2, BLOCK_OCTETS));
    const said = step({ kind: 'checked', index: 2, result: 'wrong' });
    expect(said.slice(0, 2)).toEqual(['ban 10.53.0.1', 'close 1: all of piece 2 came from it, and its hash is wrong']);
    expect(requestsOf(said).toSorted()).toEqual(['2+0', '2+16384']);
    expect(said.some((line) => line.includes('have'))).toBe(false);
  });

  test('of a piece of two givers bans nobody yet; the next try has one giver', () => {
    open(1, 2);
    hear(1, block(2, 0));
    open(2, 2);
    step({ kind: 'closed', neighbour: 1 });
    hear(2, block(2, BLOCK_OCTETS));
    connect(3);
    hear(3, bitfield(2));
    const said = step({ kind: 'checked', index: 2, result: 'wrong' });
    expect(said.filter((line) => line.startsWith('ban'))).toEqual([]);
    expect(requestsOf(said)).toHaveLength(2);
    expect(requestsOf(hear(3, { kind: 'unchoke' }))).toEqual([]);
  });

  test('that the disk is to blame for bans nobody', () => {
    open(1, 2);
    hear(1, block(2, 0));
    hear(1, block(2, BLOCK_OCTETS));
    expect(requestsOf(step({ kind: 'checked', index: 2, result: 'not stored' }))).toHaveLength(2);
  });
});

describe('upload', () => {
  beforeEach(() => setUp([0, 1]));

  test('who is interested is unchoked at once while a slot is free', () => {
    for (let id = 1; id <= 5; id++) connect(id);
    const said = [1, 2, 3, 4, 5].flatMap((id) => hear(id, { kind: 'interested' }));
    expect(said).toEqual([1, 2, 3, 4].map((id) => `send ${id} unchoke`));
    expect(step({ kind: 'closed', neighbour: 2 })).toEqual(['send 5 unchoke']);
  });

  test('what is asked is given, in turns', () => {
    for (const id of [1, 2]) {
      connect(id);
      hear(id, { kind: 'interested' });
      hear(id, request(0));
      hear(id, request(1));
    }
    const given = Array.from({ length: 5 }, () => swarm.nextUpload(now, () => true));
    expect(given.map((upload) => upload && `${upload.to}: ${upload.block.index}`)).toEqual([
      '1: 0',
      '2: 0',
      '1: 1',
      '2: 1',
      null,
    ]);
  });

  test('who does not take blocks at the moment is passed over', () => {
    for (const id of [1, 2]) {
      connect(id);
      hear(id, { kind: 'interested' });
      hear(id, request(0));
    }
    expect(swarm.nextUpload(now, (id) => id === 2)?.to).toBe(2);
    expect(swarm.nextUpload(now, (id) => id === 2)).toBeNull();
  });

  test('who is choked gets nothing, and a cancelled or repeated request nothing more', () => {
    connect(1);
    hear(1, request(0));
    expect(swarm.nextUpload(now, () => true)).toBeNull();
    hear(1, { kind: 'interested' });
    hear(1, request(0));
    hear(1, request(0));
    hear(1, request(1));
    hear(1, { kind: 'cancel', index: 1, begin: 0, length: BLOCK_OCTETS });
    expect(swarm.nextUpload(now, () => true)?.block.index).toBe(0);
    expect(swarm.nextUpload(now, () => true)).toBeNull();
  });

  test('more than 500 requests that wait are too many', () => {
    connect(1);
    hear(1, { kind: 'interested' });
    const said = Array.from({ length: 501 }, (_, nth) => hear(1, request(0, nth, 1))).flat();
    expect(said).toEqual(['close 1: more than 500 of its requests wait']);
  });

  test('a limit lets through what it allows, and says when there is more', () => {
    setUp([0, 1], { uploadBytesPerS: 4 * BLOCK_OCTETS });
    connect(1);
    hear(1, { kind: 'interested' });
    expect(swarm.waitMs(now)).toBeNull();
    hear(1, request(0));
    hear(1, request(1));
    expect(swarm.nextUpload(now, () => true)).not.toBeNull();
    expect(swarm.nextUpload(now, () => true)).toBeNull();
    now += swarm.waitMs(now) ?? 0;
    expect(swarm.nextUpload(now, () => true)).not.toBeNull();
    expect(swarm.waitMs(now)).toBeNull();
  });

  test('every ten seconds the slots are given anew, and a choke drops what waits', () => {
    for (let id = 1; id <= 5; id++) {
      connect(id);
      hear(id, { kind: 'interested' });
    }
    hear(1, request(0));
    hear(1, { kind: 'not interested' });
    now += 10_000;
    const said = step({ kind: 'tick' });
    expect(said).toContain('send 1 choke');
    expect(said).toContain('send 5 unchoke');
    expect(swarm.nextUpload(now, () => true)).toBeNull();
  });
});

describe('time', () => {
  test('after two minutes without a word a keep-alive is sent', () => {
    connect(1);
    now += 119_000;
    hear(1, { kind: 'keep-alive' });
    expect(step({ kind: 'tick' })).toEqual([]);
    now += 1_000;
    expect(step({ kind: 'tick' })).toEqual(['send 1 keep-alive']);
    expect(step({ kind: 'tick' })).toEqual([]);
  });

  test('a neighbour that is silent for two and a half minutes is gone', () => {
    connect(1);
    now += 149_999;
    step({ kind: 'tick' });
    expect(swarm.neighbours.size).toBe(1);
    now += 1;
    expect(step({ kind: 'tick' })).toEqual(['close 1: it has been silent for 150 s']);
  });

  test('a neighbour that lets us wait for a minute is asked for one block only, and others for the rest', () => {
    const asked = requestsOf(open(1, 0, 1, 2));
    expect(asked).toHaveLength(5);
    now += 59_999;
    expect(step({ kind: 'tick' })).toEqual([]);
    now += 1;
    const said = step({ kind: 'tick' });
    expect(said.filter((line) => line.includes('cancel'))).toHaveLength(5);
    expect(requestsOf(said)).toHaveLength(1);
    const [index, begin] = (requestsOf(said)[0] ?? '').split('+').map(Number);
    // It answers after all: it is asked for as much as before.
    expect(requestsOf(hear(1, block(index ?? 0, begin ?? 0))).length).toBeGreaterThan(1);
  });
});
