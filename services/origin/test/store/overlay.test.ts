import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseSiteFile } from '../../src/protocol/site-file.ts';
import { Documents } from '../../src/store/documents.ts';
import { Overlay } from '../../src/store/overlay.ts';
import type { Site } from '../../src/store/sites.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
/** When the host's own document was written. */
const OLD = new Date('2026-01-01T00:00:00Z');

let folder: string;
let site: Site;
let overlay: Overlay;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topdown-overlay-'));
  mkdirSync(join(folder, 'own/www.test.com'), { recursive: true });
  writeFileSync(join(folder, 'own/www.test.com/page.html'), 'as it came');
  // Long before the time of the edits, whenever the test runs.
  utimesSync(join(folder, 'own/www.test.com/page.html'), OLD, OLD);
  const roots = [join(folder, 'overlay/www.test.com'), join(folder, 'own/www.test.com')];
  const rules = async () => parseSiteFile('');
  site = { name: 'www.test.com', roots, redirects: async () => [], fieldRules: async () => [], rules };
  overlay = new Overlay(join(folder, 'overlay'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What is served for a path: its octets, its entity tag and its time. */
async function served(...segments: string[]) {
  const found = await new Documents().find(site, segments, false);
  if (found.kind !== 'document') return found.kind;
  const { handle, etag, modifiedMs } = found.document;
  return { octets: await text(handle.createReadStream()), etag: etag.opaque, modifiedMs };
}

const edit = (octets: string, now = NOW) => overlay.edit(site, ['page.html'], new TextEncoder().encode(octets), now);

test('an edited document wins over the one of the host, which stays as it is', async () => {
  await edit('edited');

  expect(await served('page.html')).toMatchObject({ octets: 'edited', modifiedMs: NOW });
  expect(readFileSync(join(folder, 'own/www.test.com/page.html'), 'utf8')).toBe('as it came');
});

test('an edit leaves no other file behind', async () => {
  await edit('edited');
  expect(readdirSync(join(folder, 'overlay'), { recursive: true }).toSorted()).toEqual([
    '.unfinished',
    'www.test.com',
    'www.test.com/page.html',
  ]);
});

test('two edits within one second have different tags, and times that rise', async () => {
  await edit('one', NOW);
  const one = await served('page.html');
  await edit('two', NOW + 1);
  const two = await served('page.html');

  if (typeof one === 'string' || typeof two === 'string') throw new Error('a version is not served');
  expect(two.etag).not.toBe(one.etag);
  expect(Math.floor(two.modifiedMs / 1000)).toBeGreaterThan(Math.floor(one.modifiedMs / 1000));
});

test('a touch moves the time and leaves octets and tag alone', async () => {
  const before = await served('page.html');
  const later = Math.ceil(Date.now() / 1000) * 1000 + 3_600_000;
  await overlay.touch(site, ['page.html'], later);

  expect(await served('page.html')).toEqual({ ...(before as object), modifiedMs: later });
});

test('what is not there cannot be touched', async () => {
  await expect(overlay.touch(site, ['nothing.html'], NOW)).rejects.toThrow('there is no such file');
});

test('a restored document is the one of the host again', async () => {
  await edit('edited');
  await overlay.restore(site, ['page.html']);
  expect(await served('page.html')).toMatchObject({ octets: 'as it came' });
});

test('a symbolic link that leads out of the site is missing', async () => {
  writeFileSync(join(folder, 'secret'), 'secret');
  symlinkSync(join(folder, 'secret'), join(folder, 'own/www.test.com/link.html'));

  expect(statSync(join(folder, 'own/www.test.com/link.html')).isFile()).toBe(true);
  expect(await served('link.html')).toBe('missing');
});
