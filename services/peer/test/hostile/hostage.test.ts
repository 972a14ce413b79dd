import { beforeEach, expect, test } from 'vitest';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { encodeReserved } from '#shared/bittorrent/handshake.ts';
import { BLOCK_OCTETS, type Block } from '#shared/bittorrent/peer-message.ts';
import { Swarm } from '../../src/protocol/swarm.ts';
import type { SwarmOutput } from '../../src/protocol/swarm-exchange.ts';
import { piecesOf, testSwarm } from '../protocol/test-swarm.ts';

/** One piece of sixteen blocks, of which every octet is 1. */
const GRID = { pieceCount: 1, pieceLength: 16 * BLOCK_OCTETS, length: 16 * BLOCK_OCTETS };
const LIAR = 1;
const HONEST = 2;
const SECOND_MS = 1_000;

let swarm: Swarm;
let now: number;
let asked: Map<number, Block[]>;
let banned: string[];

beforeEach(() => {
  now = 0;
  banned = [];
  asked = new Map();
  swarm = new Swarm(testSwarm(GRID, piecesOf(GRID, []), now));
});

function heed(outputs: readonly SwarmOutput[]): void {
  for (const output of outputs) {
    if (output.kind === 'ban') banned.push(output.address);
    if (output.kind === 'check') {
      const result = output.piece.octets.every((octet) => octet === 1) ? 'right' : 'wrong';
      queued.push(() => heed(swarm.step({ kind: 'checked', index: output.piece.index, result }, now)));
    }
    if (output.kind !== 'send' || !('begin' in output.message)) continue;
    const { kind, index, begin } = output.message;
    const of = asked.get(output.to) ?? [];
    if (kind === 'request') of.push(output.message);
    if (kind === 'cancel')
      asked.set(
        output.to,
        of.filter((block) => block.index !== index || block.begin !== begin),
      );
  }
}

const queued: (() => void)[] = [];

function meet(id: number): void {
  asked.set(id, []);
  const endpoint = { address: `10.53.66.${id}`, port: 6881 };
  const reserved = encodeReserved([]);
  heed(
    swarm.step(
      { kind: 'connected', id, endpoint, peerId: octetsOfKey(`${id}`.padEnd(20)), isDialled: true, reserved },
      now,
    ),
  );
  heed(swarm.step({ kind: 'message', from: id, message: { kind: 'bitfield', bits: Uint8Array.of(0x80) } }, now));
  heed(swarm.step({ kind: 'message', from: id, message: { kind: 'unchoke' } }, now));
}

/** Gives the block that it was asked for first. */
function give(id: number, octet: number): void {
  const block = asked.get(id)?.shift();
  if (block === undefined) return;
  const { index, begin, length } = block;
  const octets = new Uint8Array(length).fill(octet);
  heed(swarm.step({ kind: 'message', from: id, message: { kind: 'piece', index, begin, block: octets } }, now));
  for (const work of queued.splice(0)) work();
}

/** Both give a part of the piece, the liar a wrong one; then the liar alone is asked for all of it. */
function takeHostage(): void {
  meet(LIAR);
  give(LIAR, 0);
  meet(HONEST);
  while (asked.get(LIAR)?.length || asked.get(HONEST)?.length) {
    give(HONEST, 1);
    if (swarm.have.size === 0 && swarm.downloads.picker.startedPiece(0)?.isExclusive) break;
    if (!asked.get(HONEST)?.length) give(LIAR, 1);
  }
  expect(swarm.downloads.picker.startedPiece(0)).toMatchObject({ isExclusive: true });
}

test.each<[string, number]>([
  ['gives nothing more', Number.POSITIVE_INFINITY],
  ['gives a block every fifty-nine seconds', 59],
])('a liar that is the only one who is asked for a piece, and %s, does not hold it for long', (_, everyS) => {
  takeHostage();
  const begunAt = now;
  for (let second = 1; second < 200 && !swarm.have.isComplete; second++) {
    now = begunAt + second * SECOND_MS;
    heed(swarm.step({ kind: 'tick' }, now));
    if (second % everyS === 0) give(LIAR, 1);
    while (asked.get(HONEST)?.length) give(HONEST, 1);
  }
  expect(swarm.have.isComplete).toBe(true);
  expect((now - begunAt) / SECOND_MS).toBeLessThan(10);
  expect(banned).toEqual([`10.53.66.${LIAR}`]);
});

test('a liar that is the only one who is asked for a piece, and goes while it is asked for nothing, leaves it to others', () => {
  takeHostage();
  // A limit lets it answer what it was asked, and nothing more be asked of it.
  swarm.setLimits({ downloadBytesPerS: 1 }, now);
  while (asked.get(LIAR)?.length) give(LIAR, 0);
  heed(swarm.step({ kind: 'closed', neighbour: LIAR }, now));
  swarm.setLimits({ downloadBytesPerS: 0 }, now);
  heed(swarm.step({ kind: 'tick' }, ++now));
  expect(asked.get(HONEST)?.length).toBeGreaterThan(0);
  while (asked.get(HONEST)?.length) give(HONEST, 1);
  expect(swarm.have.isComplete).toBe(true);
});
