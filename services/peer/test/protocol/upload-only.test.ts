import { beforeEach, expect, test } from 'vitest';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { decodeExtensionHandshake, encodeExtensionHandshake } from '#shared/bittorrent/extension-handshake.ts';
import { encodeReserved, type Offer } from '#shared/bittorrent/handshake.ts';
import { BLOCK_OCTETS } from '#shared/bittorrent/peer-message.ts';
import { decodePex } from '#shared/bittorrent/ut-pex.ts';
import { Swarm } from '../../src/protocol/swarm.ts';
import type { SwarmInput, SwarmOptions } from '../../src/protocol/swarm-exchange.ts';
import { piecesOf, testSwarm } from './test-swarm.ts';

/** Peers that want nothing: seeds and partial seeds (BEP 21). */

const GRID = { pieceCount: 4, pieceLength: BLOCK_OCTETS, length: 4 * BLOCK_OCTETS };
const OFFERS: readonly Offer[] = ['extensions'];
const BECAUSE = 'neither of us wants anything: both only upload (BEP 21)';
const UT_PEX_ID = 8;

let swarm: Swarm;
let now: number;

function setUp(mine: readonly number[], options: Partial<SwarmOptions> = {}): void {
  now = 1_000_000;
  swarm = new Swarm({ ...testSwarm(GRID, piecesOf(GRID, mine), now), offers: OFFERS, ...options });
}

beforeEach(() => setUp([]));

/** What was said of `upload_only` to whom, and who was closed, in order. */
function said(outputs: ReturnType<Swarm['step']>): string[] {
  return outputs.flatMap((output) => {
    if (output.kind === 'close') return `close ${output.neighbour}: ${output.because}`;
    if (output.kind !== 'send' || output.message.kind !== 'extended' || output.message.id !== 0) return [];
    const { isUploadOnly, ids } = decodeExtensionHandshake(output.message.payload);
    return `${output.to} takes ${ids.size}, upload_only ${isUploadOnly === null ? 'absent' : Number(isUploadOnly)}`;
  });
}

const step = (input: SwarmInput) => said(swarm.step(input, now));

function connect(id: number, offers = OFFERS): string[] {
  const endpoint = { address: `10.53.${id}.1`, port: 6881 };
  const peerId = octetsOfKey(`-XX0001-${id}`.padEnd(20, '.'));
  return step({ kind: 'connected', id, endpoint, peerId, isDialled: true, reserved: encodeReserved(offers) });
}

function hear(from: number, isUploadOnly: boolean | null, metadataSize: number | null = 100): string[] {
  const ids = new Map([['ut_pex', UT_PEX_ID]]);
  const nothing = { listenPort: null, client: null, requestQueueMax: null, yourAddress: null };
  const payload = encodeExtensionHandshake({ ids, metadataSize, isUploadOnly, ...nothing });
  return step({ kind: 'message', from, message: { kind: 'extended', id: 0, payload } });
}

/** Ten minutes pass, in which all are kept alive; returns what is said at their end. */
function pass(): string[] {
  for (let seconds = 0; seconds < 600; seconds++) expect(tick()).toEqual([]);
  return tick();
}

function tick(): string[] {
  now += 1000;
  for (const from of swarm.neighbours.keys()) step({ kind: 'message', from, message: { kind: 'keep-alive' } });
  return step({ kind: 'tick' });
}

/** The neighbour gives this piece. */
function give(from: number, index: number): string[] {
  step({ kind: 'message', from, message: { kind: 'have', index } });
  step({ kind: 'message', from, message: { kind: 'unchoke' } });
  const block = new Uint8Array(BLOCK_OCTETS);
  step({ kind: 'message', from, message: { kind: 'piece', index, begin: 0, block } });
  return step({ kind: 'checked', index, result: 'right' });
}

test.each<[string, number[], Partial<SwarmOptions>, string]>([
  ['a seed', [0, 1, 2, 3], {}, '1'],
  ['a partial seed', [0, 1], { wanted: piecesOf(GRID, [0, 1]) }, '1'],
  ['a leecher', [0, 1], {}, 'absent'],
  ['a super-seed, which hides what it has', [0, 1, 2, 3], { superSeeds: true }, 'absent'],
  ['a leaver, which waits for the copies of its neighbours', [0, 1, 2, 3], { role: 'leaver' }, 'absent'],
])('the extension handshake of %s', (_, mine, options, value) => {
  setUp(mine, options);
  expect(connect(1)).toEqual([`1 takes 2, upload_only ${value}`]);
});

test('who has got all that it wants tells each neighbour that takes extensions, with all that it has said before', () => {
  setUp([0], { wanted: piecesOf(GRID, [0, 1]) });
  connect(1);
  connect(2);
  connect(3, []);
  expect(give(1, 1)).toEqual(['1 takes 2, upload_only 1', '2 takes 2, upload_only 1']);
  // None of them has said that it wants nothing.
  expect(pass()).toEqual([]);
  // A newcomer is told to begin with.
  expect(connect(4)).toEqual(['4 takes 2, upload_only 1']);
});

test('who wants something again says so', () => {
  setUp([0], { wanted: piecesOf(GRID, [0]) });
  connect(1);
  expect(said(swarm.setWanted(null, now))).toEqual(['1 takes 2, upload_only 0']);
  expect(said(swarm.setWanted(null, now))).toEqual([]);
  expect(connect(2)).toEqual(['2 takes 2, upload_only absent']);
});

test('a seed that begins to super-seed takes back what it has said', () => {
  setUp([0, 1, 2, 3]);
  connect(1);
  expect(said(swarm.setPolicy({ superSeeds: true }, now))).toEqual(['1 takes 2, upload_only 0']);
  expect(said(swarm.setPolicy({ superSeeds: false }, now))).toEqual(['1 takes 2, upload_only 1']);
});

test('two that want nothing part after ten minutes', () => {
  setUp([0, 1, 2, 3]);
  connect(1);
  connect(2);
  hear(1, true);
  hear(2, null);
  expect(pass()).toEqual([`close 1: ${BECAUSE}`]);
  expect(tick()).toEqual([]);
  // The other has waited for as long already.
  hear(2, true);
  expect(tick()).toEqual([`close 2: ${BECAUSE}`]);
});

test('one that wants something meanwhile stays', () => {
  setUp([0, 1, 2, 3]);
  connect(1);
  hear(1, true);
  for (let seconds = 0; seconds < 30; seconds++) tick();
  step({ kind: 'message', from: 1, message: { kind: 'interested' } });
  for (let seconds = 0; seconds < 700; seconds++) expect(tick()).toEqual([]);
  step({ kind: 'message', from: 1, message: { kind: 'not interested' } });
  expect(pass()).toEqual([`close 1: ${BECAUSE}`]);
});

test('who has just got everything says so, and parts ten minutes later', () => {
  setUp([0, 1, 2]);
  connect(1);
  hear(1, true);
  expect(give(1, 3)).toEqual(['1 takes 2, upload_only 1']);
  expect(pass()).toEqual([`close 1: ${BECAUSE}`]);
});

test.each<[string, number[], Partial<SwarmOptions>, boolean | null, number | null]>([
  ['we lack something', [0], {}, true, 100],
  ['we super-seed', [0, 1, 2, 3], { superSeeds: true }, true, 100],
  ['it has no metadata yet', [0, 1, 2, 3], {}, true, null],
  ['it has said nothing', [0, 1, 2, 3], {}, null, 100],
  ['it wants something again', [0, 1, 2, 3], {}, false, 100],
])('nobody parts while %s', (_, mine, options, isUploadOnly, metadataSize) => {
  setUp(mine, options);
  connect(1);
  if (isUploadOnly === false) hear(1, true);
  hear(1, isUploadOnly, metadataSize);
  expect(pass()).toEqual([]);
  expect(tick()).toEqual([]);
});

test.each([
  [true, ['choke 1', 'unchoke 2']],
  [false, []],
])("a slot that it holds is another's at once, which it is not otherwise: upload_only %s", (isUploadOnly, slots) => {
  setUp([0, 1, 2, 3], { uploadSlots: 1 });
  const say = (from: number, kind: 'interested' | 'not interested') =>
    swarm.step({ kind: 'message', from, message: { kind } }, now).flatMap((output) => {
      if (output.kind !== 'send') return [];
      return output.message.kind === 'choke' || output.message.kind === 'unchoke'
        ? `${output.message.kind} ${output.to}`
        : [];
    });
  connect(1);
  connect(2);
  expect(say(1, 'interested')).toEqual(['unchoke 1']);
  hear(1, isUploadOnly);
  expect(say(1, 'not interested')).toEqual([]);
  expect(say(2, 'interested')).toEqual(slots);
});

test('others are told of it as of a seed (BEP 11)', () => {
  connect(1);
  connect(2);
  hear(1, true);
  hear(2, null);
  now += 60_000;
  const news = swarm.step({ kind: 'tick' }, now).flatMap((output) => {
    if (output.kind !== 'send' || output.message.kind !== 'extended' || output.message.id !== UT_PEX_ID) return [];
    return decodePex(output.message.payload).added.map(({ address, isSeed }) => ({ to: output.to, address, isSeed }));
  });
  expect(news).toEqual([
    { to: 1, address: '10.53.2.1', isSeed: false },
    { to: 2, address: '10.53.1.1', isSeed: true },
  ]);
});
