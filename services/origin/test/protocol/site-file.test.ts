import { expect, test } from 'vitest';
import { FileFault } from '#shared/file-fault.ts';
import { matchesPattern } from '../../src/protocol/rule-lines.ts';
import { parseSampleResponse } from '../../src/protocol/sample-response.ts';
import { allowedMethods, isWritable, parseSiteFile } from '../../src/protocol/site-file.ts';

const SITE = parseSiteFile(`# a comment
languages en fr KO
agents /a.html /b.html curl Wget
compressed /texts/*
writable /files/
listed /tree/ /
listed /files/
form /form.html
sample /old old.http
statuses /status/
workshop /workshop/
close One.test two.test
`);

test('each word says one thing of the site', () => {
  expect(SITE.languages).toEqual(['en', 'fr', 'ko']);
  expect(SITE.agents).toEqual([{ path: '/a.html', instead: '/b.html', products: ['curl', 'wget'] }]);
  expect(SITE.listed).toEqual(
    new Map([
      ['/tree/', '/'],
      ['/files/', '/files/'],
    ]),
  );
  expect(SITE.samples).toEqual(new Map([['/old', 'old.http']]));
  expect(SITE.closing).toEqual(new Set(['one.test', 'two.test']));
});

test('Allow says what a path takes', () => {
  expect(allowedMethods(SITE, '/')).toEqual(['GET', 'HEAD', 'OPTIONS']);
  expect(allowedMethods(SITE, '/files/a.txt')).toEqual(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
  expect(allowedMethods(SITE, '/form.html')).toEqual(['GET', 'HEAD', 'OPTIONS', 'POST']);
});

test('a folder itself is no document to write', () => {
  expect(['/files/', '/files/a/', '/filesa', '/files'].map((path) => isWritable(SITE, path))).toEqual(
    Array(4).fill(false),
  );
  expect(isWritable(SITE, '/files/a/b')).toBe(true);
});

test.each([
  ['wonders /x', '"wonders" is no word here'],
  ['languages', 'give language tags'],
  ['languages e', 'give language tags'],
  ['agents /a.html /b.html', 'names of browsers'],
  ['writable /files', 'give a folder'],
  ['listed tree/', 'give a URL'],
  ['sample /old ../secret', 'beside this one'],
  ['close a b..@c', 'give host names'],
  ['statuses', 'give a folder'],
])('"%s" is refused with its line and the remedy', (line, message) => {
  expect(() => parseSiteFile(`\n${line}\n`)).toThrow(message);
  try {
    parseSiteFile(`\n${line}\n`);
  } catch (error) {
    expect((error as FileFault).line).toBe(2);
  }
});

test('a pattern is matched without backtracking', () => {
  expect(matchesPattern('/a/*.html', '/a/b/c.html')).toBe(true);
  expect(matchesPattern('/a/*.html', '/a/.htm')).toBe(false);
  expect(matchesPattern(`${'*a'.repeat(20)}b`, 'a'.repeat(2_000))).toBe(false);
});

const octets = (text: string) => new TextEncoder().encode(text);

test('a kept response is read with its fields in their order and spelling', () => {
  const sample = parseSampleResponse(octets('HTTP/1.1 200 Fine\r\ncontent-LENGTH: 2\r\nX: y\r\n\r\nab'));
  expect(sample).toMatchObject({ status: 200, reason: 'Fine' });
  expect(sample.fields).toEqual([
    ['content-LENGTH', '2'],
    ['X', 'y'],
  ]);
});

test.each([
  'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
  'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab',
  'HTTP/1.1 200 OK\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length:  0\r\n\r\n',
])('a kept response that would break the framing is refused: %j', (text) => {
  expect(() => parseSampleResponse(octets(text))).toThrow(FileFault);
});
