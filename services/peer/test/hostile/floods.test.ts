import { describe, expect, test } from 'vitest';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { encodeReserved } from '#shared/bittorrent/handshake.ts';
import { BLOCK_OCTETS, type PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { Swarm } from '../../src/protocol/swarm.ts';
import { piecesOf, testSwarm } from '../protocol/test-swarm.ts';

/** Sixteen pieces of sixteen blocks. */
const GRID = { pieceCount: 16, pieceLength: 16 * BLOCK_OCTETS, length: 256 * BLOCK_OCTETS };
const OFFERS = ['extensions', 'fast'] as const;
/** aria2, which may say later too what it has. */
const ARIA2 = 'A2-1-36-0-0123456789';
const SECOND_MS = 1_000;

function meet(swarm: Swarm, id: number, peerId = '-XX0001-000000000000'): void {
  const endpoint = { address: `10.53.66.${id}`, port: 6881 };
  const reserved = encodeReserved(OFFERS);
  swarm.step({ kind: 'connected', id, endpoint, peerId: octetsOfKey(peerId), isDialled: true, reserved }, 0);
}

function newSwarm(have: Iterable<number> = []): Swarm {
  return new Swarm({ ...testSwarm(GRID, piecesOf(GRID, have), 0), offers: OFFERS });
}

/** Says `message` until the connection is closed: how often, and why it was. */
function flood(swarm: Swarm, messages: readonly PeerMessage[], most: number): { said: number; because: string | null } {
  for (let said = 1; said <= most; said++) {
    const message = messages[said % messages.length] as PeerMessage;
    const closed = swarm.step({ kind: 'message', from: 1, message }, 0).find(({ kind }) => kind === 'close');
    if (closed?.kind === 'close') return { said, because: closed.because };
  }
  return { said: most, because: null };
}

const all = new Uint8Array(2).fill(0xff);
const block: PeerMessage = { kind: 'piece', index: 3, begin: 0, block: new Uint8Array(BLOCK_OCTETS) };

describe('a neighbour that floods us is closed', () => {
  test.each<[string, readonly PeerMessage[], number, RegExp]>([
    ['with blocks that nobody has asked for', [block], 1_000, /floods us with blocks that it was not asked for/],
    ['with "have all", as aria2 may say it again', [{ kind: 'have all' }], 400, /floods us: "have all"/],
    ['with bitfields, as aria2 may say them again', [{ kind: 'bitfield', bits: all }], 400, /floods us: "bitfield"/],
    ['with "have" of what it has said to have', [{ kind: 'have', index: 1 }], 1_001, /floods us: "have"/],
    ['with keep-alives', [{ kind: 'keep-alive' }], 4_000, /floods us: "keep-alive"/],
    ['with messages that nobody knows', [{ kind: 'unknown', id: 99 }], 4_000, /floods us: "unknown"/],
    ['with allowed fast', [{ kind: 'allowed fast', index: 2 }], 1_000, /floods us: "allowed fast"/],
    ['with suggestions', [{ kind: 'suggest', index: 2 }], 1_000, /floods us: "suggest"/],
    ['with cancels', [{ kind: 'cancel', index: 2, begin: 0, length: 100 }], 4_000, /floods us: "cancel"/],
    [
      'with extended messages',
      [{ kind: 'extended', id: 77, payload: octetsOfKey('de') }],
      400,
      /floods us: "extended"/,
    ],
    ['with choke and unchoke', [{ kind: 'choke' }, { kind: 'unchoke' }], 100, /floods us: "(un)?choke"/],
    ['with a reject of what was not asked', [{ kind: 'reject', index: 0, begin: 0, length: 1 }], 0, /broke BEP 6/],
  ])('%s', (_, messages, borneWith, because) => {
    const swarm = newSwarm();
    meet(swarm, 1, ARIA2);
    const end = flood(swarm, messages, 20_000);
    expect(end.because).toMatch(because);
    expect(end.said).toBe(borneWith + 1);
    expect(swarm.neighbours.size).toBe(0);
    expect(swarm.downloads.picker.copies(1)).toBe(0);
  });

  test('and what comes at a bearable rate is borne with for as long as it comes', () => {
    const swarm = newSwarm();
    meet(swarm, 1, ARIA2);
    for (let second = 1; second <= 600; second++) {
      for (let nth = 0; nth < 100; nth++) swarm.step({ kind: 'message', from: 1, message: block }, second * SECOND_MS);
    }
    expect(swarm.neighbours.size).toBe(1);
    expect(swarm.downloads.wastedBytes).toBe(60_000 * BLOCK_OCTETS);
  });
});
