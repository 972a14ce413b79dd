import { expect, test } from 'vitest';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { encodeReserved } from '#shared/bittorrent/handshake.ts';
import { BLOCK_OCTETS, type PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { Swarm } from '../../src/protocol/swarm.ts';
import type { SwarmInput } from '../../src/protocol/swarm-exchange.ts';
import { piecesOf, testSwarm } from './test-swarm.ts';

/** Many pieces, of two blocks each. */
const GRID = { pieceCount: 200, pieceLength: 2 * BLOCK_OCTETS, length: 400 * BLOCK_OCTETS };
const ALL = Array.from({ length: GRID.pieceCount }, (_, index) => index);
const IDS = [1, 2, 3, 4, 5, 6, 7];
const START = 1_000_000;

type Interest = 'interested' | 'not interested' | null;

/**
 * Seven neighbours want something of us from the beginning, or say so when the test says, and give as the test says, in blocks
 * for each second. Returns what the choker does, as "9 s: unchoke 5".
 */
function watchChoker(
  seconds: number,
  given: (id: number, second: number) => number,
  says: (id: number, second: number) => Interest = (_, second) => (second === 0 ? 'interested' : null),
): string[] {
  const swarm = new Swarm({ ...testSwarm(GRID, piecesOf(GRID, [0]), START), offers: ['fast'] });
  const said: string[] = [];
  let now = START;
  const asked = new Map<number, PeerMessage[]>(IDS.map((id) => [id, []]));
  const step = (input: SwarmInput) => {
    for (const output of swarm.step(input, now)) {
      if (output.kind === 'check')
        swarm.step({ kind: 'checked', index: output.piece.index, result: 'not stored' }, now);
      if (output.kind !== 'send') continue;
      const { to, message } = output;
      if (message.kind === 'request') asked.get(to)?.push(message);
      if (message.kind === 'choke' || message.kind === 'unchoke')
        said.push(`${Math.round((now - START) / 1000)} s: ${message.kind} ${to}`);
    }
  };
  const hear = (from: number, message: PeerMessage) => step({ kind: 'message', from, message });
  const say = (id: number, second: number) => {
    const kind = says(id, second);
    if (kind !== null) hear(id, { kind });
  };
  for (const id of IDS) {
    const endpoint = { address: `10.53.${id}.1`, port: 6881 };
    const peerId = octetsOfKey(`-XX0001-${id}`.padEnd(20, '.'));
    step({ kind: 'connected', id, endpoint, peerId, isDialled: false, reserved: encodeReserved(['fast']) });
    hear(id, { kind: 'bitfield', bits: piecesOf(GRID, ALL.slice(1)).encode() });
    hear(id, { kind: 'unchoke' });
    say(id, 0);
  }
  for (let second = 1; second <= seconds; second++) {
    now = START + second * 1000;
    for (const id of IDS) {
      say(id, second);
      for (let nth = 0; nth < given(id, second); nth++) {
        const request = asked.get(id)?.shift();
        if (request?.kind !== 'request') throw new Error(`nothing is asked of ${id}`);
        const { index, begin, length } = request;
        hear(id, { kind: 'piece', index, begin, block: new Uint8Array(length) });
      }
    }
    step({ kind: 'tick' });
  }
  return said;
}

test('between two ticks of ten seconds nobody is choked, whoever gives most; at the tick those who gave most have the slots', () => {
  // The first four get the free slots at once. Then 5, 6 and 7 give, and nobody else does.
  const said = watchChoker(29, (id) => (id >= 5 ? 2 : 0));
  expect(said.slice(0, 4)).toEqual([1, 2, 3, 4].map((id) => `0 s: unchoke ${id}`));
  const later = said.slice(4);
  expect(later.filter((line) => !/^(10|20) s: /.test(line))).toEqual([]);
  const atTen = later.filter((line) => line.startsWith('10 s'));
  for (const id of [5, 6, 7]) expect(atTen).toContain(`10 s: unchoke ${id}`);
  expect(atTen.filter((line) => line.includes(': choke'))).toHaveLength(3);
  // The optimistic slot stays for thirty seconds.
  expect(later.filter((line) => line.startsWith('20 s'))).toEqual([]);
});

test('who gives less than others loses its slot at the next tick, and no sooner', () => {
  const said = watchChoker(29, (id, second) => (second <= 10 ? (id <= 3 ? 1 : 0) : id <= 2 || id === 6 ? 2 : 0));
  const changes = said.slice(4);
  expect(changes.filter((line) => / (choke|unchoke) [126]$/.test(line) && !line.startsWith('20 s'))).toEqual([]);
  expect(changes).toContain('20 s: unchoke 6');
  expect(changes).not.toContain('20 s: choke 1');
});

test('who waits gets a slot that nobody uses ten seconds after it was given, between two ticks too', () => {
  // Four get the slots at 4 s; a fifth comes at 5 s, and two of the four want nothing more from 6 s on.
  const says = (id: number, second: number): Interest => {
    if (id <= 4 && second === 4) return 'interested';
    if (id === 5 && second === 5) return 'interested';
    return id <= 2 && second === 6 ? 'not interested' : null;
  };
  const said = watchChoker(19, () => 0, says);
  expect(said.slice(0, 4)).toEqual([1, 2, 3, 4].map((id) => `4 s: unchoke ${id}`));
  expect(said.slice(4)).toEqual(['14 s: choke 1', '14 s: unchoke 5']);
});
