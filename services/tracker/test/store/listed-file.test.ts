import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestHost, type TestHost } from '#shared/host/test-host.ts';
import { readListedTorrents } from '../../src/store/listed-file.ts';

const HASH = 'dcf665c3d4e2b55cf5f8f3ccd6c746956cced3a4';

let host: TestHost;

beforeEach(() => {
  host = createTestHost({ name: 'tracker', suffix: '30.9' });
});

afterEach(() => host.remove());

function write(text: string): void {
  writeFileSync(join(host.dir, 'torrents'), text);
}

test('the list is the file "torrents" of the host’s folder', async () => {
  write(`# served here\n${HASH}\n`);
  const listed = await readListedTorrents(host);
  expect([...listed]).toEqual([String.fromCharCode(...Uint8Array.fromHex(HASH))]);
});

test('an empty list serves nothing', async () => {
  write('');
  expect((await readListedTorrents(host)).size).toBe(0);
});

test('a fault is told with file, line and remedy', async () => {
  write(`${HASH}\n\n${HASH}0\n`);
  await expect(readListedTorrents(host)).rejects.toThrow(/torrents, line 3: ".*" is no info hash: give 40 hexadecimal/);
});

test('a file that is not there, or is none, is told with the remedy', async () => {
  await expect(readListedTorrents(host)).rejects.toThrow(/ENOENT.*: write an info hash in each line/);
  mkdirSync(join(host.dir, 'torrents'));
  await expect(readListedTorrents(host)).rejects.toThrow(/EISDIR.*: write an info hash in each line/);
});

test('a list of more torrents than can be served is refused', async () => {
  write(Array.from({ length: 10_001 }, (_, nth) => nth.toString(16).padStart(40, '0')).join('\n'));
  await expect(readListedTorrents(host)).rejects.toThrow('lists 10001 torrents: 10000 are the most');
});
