import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { decodeBencode } from '#shared/bittorrent/bencode.ts';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, TEST_NET, type TestHost } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';
import type { TrackerState } from '../../src/server/tracker-state.ts';

/** What the machine of the swarms is tested for in all its cases, once more over real connections, octet for octet. */

const PORT = 6969;
const [A, B, UNKNOWN] = ['a'.repeat(20), 'b'.repeat(20), 'u'.repeat(20)];

let host: TestHost;
let running: Running;

beforeEach(async () => {
  // The lab's clock stands still, but where a test moves it: a second that the machine takes is none of the tracker's.
  vi.useFakeTimers({ toFake: ['Date'] });
  host = createTestHost({ name: 'tracker', suffix: '30.11' });
  running = await startOn(program, host);
});

afterEach(async () => {
  vi.useRealTimers();
  await running.stop();
  await host.remove();
});

function state(): TrackerState {
  return running.state() as TrackerState;
}

function get(path: string, from: number): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const localAddress = `${TEST_NET}.32.${from}`;
    const asked = request({ host: host.address, port: PORT, path, localAddress, agent: false }, async (response) => {
      const text = Buffer.concat(await response.toArray()).toString('latin1');
      resolve({ status: response.statusCode ?? 0, text });
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** Peer number `nth`, which announces from the address of number `from`. */
async function announce(infoHash: string, nth: number, fields = '', from = nth): Promise<string> {
  const peerId = `-XX0001-${String(nth).padStart(12, '0')}`;
  const left = fields.includes('left=') ? '' : '&left=100';
  const path = `/announce?info_hash=${infoHash}&peer_id=${peerId}&port=6881&compact=0${left}${fields}`;
  return (await get(path, from)).text;
}

function addressesIn(answer: string): string[] {
  return [...answer.matchAll(/2:ip\d+:([\d.]+)4:port|2:ip\d+:([\d.]+)7:peer id/g)].map(
    ([, one, two]) => one ?? two ?? '',
  );
}

test.each([
  ['two info hashes', `info_hash=${A}&info_hash=${B}&peer_id=${'p'.repeat(20)}&port=6881`],
  ['no port', `info_hash=${A}&peer_id=${'p'.repeat(20)}`],
  ['no peer id', `info_hash=${A}&port=6881`],
  ['what is left, but no number', `info_hash=${A}&peer_id=${'p'.repeat(20)}&port=6881&left=much`],
])('an announce with %s is answered with status 200 and a reason, and changes nothing', async (_, query) => {
  const { status, text } = await get(`/announce?${query}`, 1);
  expect(status).toBe(200);
  expect(text).toMatch(/^d14:failure reason\d+:[^\n]+e$/);
  expect(state()).toMatchObject({ torrents: 0, peers: 0 });
});

describe('a scrape (BEP 48)', () => {
  test('of several torrents has them in the order of their hashes; one that is not known is left out, and stays unknown', async () => {
    await announce(B, 1, '&event=started');
    await announce(A, 2, '&event=completed');
    const { text } = await get(`/scrape?info_hash=${B}&info_hash=${UNKNOWN}&info_hash=${A}`, 3);
    const one = (complete: number) =>
      `d8:completei${complete}e10:downloadedi${complete}e11:downloadersi${1 - complete}e10:incompletei${1 - complete}ee`;
    expect(text).toBe(`d5:filesd20:${A}${one(1)}20:${B}${one(0)}ee`);
    expect(decodeBencode(Buffer.from(text, 'latin1'))).toBeInstanceOf(Map);
    expect(state().torrents).toBe(2);
  });
});

describe('a peer', () => {
  test('that asks again within the minimum gets the same octets, though others have come; an event is heard at once', async () => {
    await announce(A, 1);
    const first = await announce(A, 2);
    await announce(A, 3);
    expect(await announce(A, 2, '&left=0')).toBe(first);
    expect(state().swarms[0]).toMatchObject({ complete: 0, incomplete: 3 });
    host.clock.advance(5_000);
    expect(addressesIn(await announce(A, 2))).toHaveLength(2);
    await announce(A, 2, '&event=completed');
    expect(state().swarms[0]).toMatchObject({ complete: 1, incomplete: 2, downloaded: 1 });
  });

  test('that proves by its key who it is takes its place along to a new address; one with another key takes no place', async () => {
    await announce(A, 1, '&key=secret');
    await announce(A, 1, '&key=guess', 7);
    expect(state().peers).toBe(2);
    await announce(A, 1, '&key=secret', 8);
    const told = addressesIn(await announce(A, 2));
    expect(told.toSorted()).toEqual([`${TEST_NET}.32.7`, `${TEST_NET}.32.8`]);
  });

  test('that stops is told of nobody, and nobody is told of it any more', async () => {
    await announce(A, 1);
    await announce(A, 2);
    expect(addressesIn(await announce(A, 1, '&event=stopped'))).toEqual([]);
    expect(addressesIn(await announce(A, 3))).toEqual([`${TEST_NET}.32.2`]);
  });
});
