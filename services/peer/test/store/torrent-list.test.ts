import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseSource } from '../../src/server/torrent-source.ts';
import { type AddedTorrent, TorrentList } from '../../src/store/torrent-list.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topdown-torrent-list-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const read = (text?: string) => {
  if (text !== undefined) writeFileSync(join(folder, 'added.json'), text);
  return new TorrentList(folder).load(({ source }) => parseSource(source).kind);
};

function entry(source: string): AddedTorrent {
  return { source, torrentFile: null, files: null };
}

test('a list that is not there is empty', async () => {
  expect(await read()).toEqual([]);
});

test('what was added is there again', async () => {
  const torrents = [
    entry('http://www.someschool.edu/a.torrent'),
    { source: '', torrentFile: Uint8Array.of(0, 255), files: [1, 2] },
  ];
  await new TorrentList(folder).save(torrents);
  const loaded = await new TorrentList(folder).load((added) => added);
  expect(loaded).toEqual([torrents[0], { ...torrents[1], torrentFile: Buffer.of(0, 255) }]);
});

test.each([
  ['is cut off', '[{"source": "htt', 'is no list of torrents: mend it, or remove it to begin without them'],
  ['is something else', '{"source": "x"}', 'is no list of torrents'],
  [
    'has a torrent that cannot be read',
    JSON.stringify([entry('http://www.someschool.edu/a.torrent'), entry('ftp://b')]),
    'the torrent 2 of the list cannot be read: "ftp://b" is neither an http:// URL of a .torrent file nor a magnet link: take it out, or remove the file to begin without all of them',
  ],
])('a list that %s is refused with its name and what to do', async (_, text, sentence) => {
  await expect(read(text)).rejects.toThrow(join(folder, 'added.json'));
  await expect(read(text)).rejects.toThrow(sentence);
});
