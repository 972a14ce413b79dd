import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDocumentPath } from '../../src/protocol/document-path.ts';

test.each([
  ['/', [], true],
  ['/index.html', ['index.html'], false],
  ['/a/b/', ['a', 'b'], true],
  ['/a?x=/../y', ['a'], false],
  ['/%EC%95%88', ['안'], false],
  ['/.well-known/x', ['.well-known', 'x'], false],
  ['/picture.gif*', ['picture.gif*'], false],
])('%s names a document', (path, segments, folder) => {
  expect(parseDocumentPath(path)).toEqual({ kind: 'path', segments, folder });
});

test.each([
  '/../x',
  '/a/../b',
  '/./a',
  '/%2e%2e/x',
  '/..%2fx',
  '/a%2Fb',
  '/a%5Cb',
  '/a%00b',
  '//a',
  '/a//b',
  '/.fields',
  '/.git/config',
])('%s names nothing', (path) => expect(parseDocumentPath(path).kind).toBe('not-found'));

test.each(['/%', '/%zz', '/%ff', '/%c0%ae'])('%s encodes no UTF-8 and is a bad request', (path) => {
  expect(parseDocumentPath(path).kind).toBe('bad-request');
});

test('a path that names something never climbs, hides or separates', () => {
  const piece = fc.constantFrom('.', '..', '%2e', '%2f', '/', '\\', '%5c', '%00', 'a', '?', '%', '%25', '한');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const parsed = parseDocumentPath(`/${pieces.join('')}`);
      if (parsed.kind !== 'path') return;
      for (const segment of parsed.segments) expect(segment).toMatch(/^[^./\\\x00][^/\\\x00]*$/);
    }),
  );
});
