import { describe, expect, test } from 'vitest';
import type { TorrentInfo } from '#shared/bittorrent/metainfo.ts';
import { refusalOf, type WebRequest, webRequests } from '../../src/protocol/web-request.ts';

const NOW = Date.UTC(2026, 10, 20, 12, 0, 0);

function infoOf(files: TorrentInfo['files']): TorrentInfo {
  const length = files.reduce((sum, file) => sum + file.length, 0);
  const pieceLength = 100;
  return { name: 'x', files, length, pieceLength, pieceCount: Math.ceil(length / 100), pieceHashes: new Uint8Array() };
}

function requestsOf(url: string, files: TorrentInfo['files'], begin: number, length: number): string[] {
  const fetch = { url, index: 1, begin, length, because: '' };
  return webRequests(fetch, infoOf(files)).map((one) => `${one.url} ${one.first}-${one.last}/${one.fileLength}`);
}

describe('what is asked for (BEP 19)', () => {
  const one = [{ path: ['a b.bin'], length: 1000 }];
  const many = [
    { path: ['album', 'one.bin'], length: 150 },
    { path: ['album', '.pad', '30'], length: 30, isPadding: true as const },
    { path: ['album', 'two', '#.bin'], length: 200 },
  ];

  test('the URL of one file is that file', () => {
    expect(requestsOf('http://web/file.bin', one, 16, 32)).toEqual(['http://web/file.bin 116-147/1000']);
  });

  test('a URL that ends in a slash is the folder of the file', () => {
    expect(requestsOf('http://web/pub/', one, 0, 10)).toEqual(['http://web/pub/a%20b.bin 100-109/1000']);
    expect(requestsOf('http://web/pub/?key=1', one, 0, 10)).toEqual(['http://web/pub/a%20b.bin?key=1 100-109/1000']);
  });

  test('of several files the URL is that of their folder, with or without a slash; nobody is asked for padding', () => {
    for (const url of ['http://web/pub', 'http://web/pub/']) {
      expect(requestsOf(url, many, 0, 100)).toEqual([
        'http://web/pub/album/one.bin 100-149/150',
        'null 0-29/30',
        'http://web/pub/album/two/%23.bin 0-19/200',
      ]);
    }
  });
});

describe('what an answer means', () => {
  const request: WebRequest = { url: 'http://web/file.bin', first: 116, last: 147, fileLength: 1000 };
  const RANGE = 'bytes 116-147/1000';

  test.each<[string, number, Record<string, string>, unknown]>([
    ['206 with the range', 206, { 'content-range': RANGE }, null],
    ['206 of a file whose length is not told', 206, { 'content-range': 'bytes 116-147/*' }, null],
    ['206 without a range', 206, {}, { kind: 'useless' }],
    ['206 with another range', 206, { 'content-range': 'bytes 0-31/1000' }, { kind: 'useless' }],
    ['206 of a file of another length', 206, { 'content-range': 'bytes 116-147/999' }, { kind: 'useless' }],
    ['206 of compressed octets', 206, { 'content-range': RANGE, 'content-encoding': 'gzip' }, { kind: 'useless' }],
    ['200: no ranges', 200, {}, { kind: 'useless', because: 'it has no ranges: it answers with the whole file' }],
    ['404', 404, {}, { kind: 'useless' }],
    ['416', 416, {}, { kind: 'useless' }],
    ['503', 503, {}, { kind: 'busy', afterMs: null }],
    ['503 for some seconds', 503, { 'retry-after': '7' }, { kind: 'busy', afterMs: 7_000 }],
    ['503 until', 503, { 'retry-after': 'Fri, 20 Nov 2026 12:01:00 GMT' }, { kind: 'busy', afterMs: 60_000 }],
    ['503 until a time that has passed', 503, { 'retry-after': 'Fri, 20 Nov 2026 11:00:00 GMT' }, { afterMs: 0 }],
    ['503 until nonsense', 503, { 'retry-after': '-1' }, { kind: 'busy', afterMs: null }],
    ['429', 429, { 'retry-after': '1' }, { kind: 'busy', afterMs: 1_000 }],
    ['500', 500, {}, { kind: 'busy', afterMs: null }],
  ])('%s', (_, status, fields, expected) => {
    const refusal = refusalOf({ status, field: (name) => fields[name] }, request, NOW);
    if (expected === null) expect(refusal).toBeNull();
    else expect(refusal).toMatchObject(expected as object);
  });
});
