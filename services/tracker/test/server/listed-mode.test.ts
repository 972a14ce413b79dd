import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';
import { INFO_HASH, UdpClient } from './udp-client.ts';

const HASH = INFO_HASH.toHex();
const OTHER = 'ab'.repeat(20);

let host: TestHost;
let running: Running | null;

beforeEach(() => {
  host = createTestHost({ name: 'tracker', suffix: '30.6' });
  running = null;
});

afterEach(async () => {
  await running?.stop();
  await host.remove();
});

function list(text: string): void {
  writeFileSync(join(host.dir, 'torrents'), text);
}

async function start(): Promise<void> {
  running = await startOn(program, host, { TORRENTS: 'listed' });
}

async function announce(infoHash: string): Promise<string> {
  const escaped = infoHash.replace(/../g, '%$&');
  const query = `info_hash=${escaped}&peer_id=${'p'.repeat(20)}&port=6881&left=1`;
  return (await fetch(`http://${host.address}:6969/announce?${query}`)).text();
}

test('a tracker with a list serves its torrents, over HTTP and UDP, and refuses others', async () => {
  list(`# the lecture\n${HASH}\n`);
  await start();
  expect(await announce(HASH)).toContain('8:interval');
  expect(await announce(OTHER)).toMatch(/^d14:failure reason\d+:The torrent (ab){20} is not listed at this trackere$/);
  const client = await UdpClient.open(host.address, { address: host.address, port: 6969 });
  expect(await client.announce(1)).toMatchObject({ kind: 'announce' });
  expect(await client.announce(1, { infoHash: Uint8Array.fromHex(OTHER) })).toMatchObject({
    kind: 'error',
    message: expect.stringContaining('is not listed'),
  });
  client.close();
  expect(running?.state()).toMatchObject({ mode: 'listed', torrents: 1, refused: 2 });
});

test('the list is read again at a signal; one with a fault leaves the list from before in force, and is told', async () => {
  list(HASH);
  await start();
  await announce(HASH);
  list(`${OTHER}\nnonsense\n`);
  await running?.reload?.();
  expect(running?.health?.()).toMatch(/torrents, line 2: "nonsense" is no info hash/);
  expect(await announce(HASH)).toContain('8:interval');
  list(OTHER);
  await running?.reload?.();
  expect(running?.health?.()).toBeNull();
  expect(await announce(HASH)).toContain('is not listed');
  expect(running?.state()).toMatchObject({ torrents: 0, peers: 0 });
});

test('without its list it does not start, and says what to do', async () => {
  await expect(start()).rejects.toThrow(/torrents: .*write an info hash in each line, or set TORRENTS to open/);
  list('nonsense');
  await expect(start()).rejects.toThrow(/line 1: "nonsense" is no info hash/);
});
