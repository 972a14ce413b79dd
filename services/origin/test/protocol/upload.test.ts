import { expect, test } from 'vitest';
import type { Fields } from '#shared/http/fields.ts';
import { foreignPage } from '../../src/protocol/foreign-page.ts';
import { judgeConditions, judgeUpload, UPLOAD_OCTETS_MAX } from '../../src/protocol/judge-upload.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const LENGTH: Fields = [['Content-Length', '5']];
const put = (fields: Fields, httpVersion = '1.1') => ({ method: 'PUT', httpVersion, fields });

test.each<[string, Fields, number | undefined]>([
  ['a length', LENGTH, undefined],
  ['chunks', [['Transfer-Encoding', 'chunked']], undefined],
  ['the type of its name', [...LENGTH, ['Content-Type', 'Text/HTML; charset=utf-8']], undefined],
  ['no type to speak of', [...LENGTH, ['Content-Type', 'application/octet-stream']], undefined],
  ['another type', [...LENGTH, ['Content-Type', 'image/png']], 415],
  ['a coding', [...LENGTH, ['Content-Encoding', 'gzip']], 415],
  ['the coding "identity"', [...LENGTH, ['Content-Encoding', 'identity']], undefined],
  ['a part', [...LENGTH, ['Content-Range', 'bytes 0-4/9']], 400],
  ['no length', [], 411],
  ['too much', [['Content-Length', String(UPLOAD_OCTETS_MAX + 1)]], 413],
  ['as much as is taken', [['Content-Length', String(UPLOAD_OCTETS_MAX)]], undefined],
])('a PUT of a page with %s', (_name, fields, status) => {
  expect(judgeUpload(put(fields), 'text/html; charset=utf-8')?.status).toBe(status);
});

test('HTTP/2 frames its bodies and needs no length; a name of no known type takes any type', () => {
  expect(judgeUpload(put([], '2'), 'text/html')).toBeNull();
  expect(judgeUpload(put([...LENGTH, ['Content-Type', 'image/png']]), 'application/octet-stream')).toBeNull();
});

const CURRENT = { etag: { weak: false, opaque: 'v1' }, lastModifiedMs: NOW - 60_000 };

test.each<[string, Fields, boolean, boolean]>([
  // condition, holds for a document that is there, holds where there is none
  ['none', [], true, true],
  ['If-Match: its tag', [['If-Match', '"v1"']], true, false],
  ['If-Match: an older tag', [['If-Match', '"v0"']], false, false],
  ['If-Match: a weak tag', [['If-Match', 'W/"v1"']], false, false],
  ['If-Match: *', [['If-Match', '*']], true, false],
  ['If-None-Match: *', [['If-None-Match', '*']], false, true],
  ['If-None-Match: its tag', [['If-None-Match', '"v1"']], false, true],
  ['If-Unmodified-Since before it', [['If-Unmodified-Since', 'Fri, 20 Nov 2026 11:58:00 GMT']], false, true],
  ['If-Unmodified-Since after it', [['If-Unmodified-Since', 'Fri, 20 Nov 2026 11:59:00 GMT']], true, true],
  ['If-Modified-Since, which is for GET', [['If-Modified-Since', 'Fri, 20 Nov 2026 12:00:00 GMT']], true, true],
])('%s', (_name, fields, there, missing) => {
  expect(judgeConditions(put(fields), CURRENT, NOW) === null).toBe(there);
  expect(judgeConditions(put(fields), null, NOW) === null).toBe(missing);
});

test.each<[Fields, boolean]>([
  [[], true],
  [[['Origin', 'http://a.test']], true],
  [[['Origin', 'https://a.test']], false],
  [[['Origin', 'http://a.test:8080']], false],
  [[['Origin', 'null']], false],
  [[['Origin', 'http://evil.test']], false],
  [[['Sec-Fetch-Site', 'cross-site']], false],
  [[['Sec-Fetch-Site', 'same-site']], false],
  [
    [
      ['Origin', 'http://a.test'],
      ['Sec-Fetch-Site', 'same-origin'],
    ],
    true,
  ],
])('a form of a page with %j may change something: %s', (fields, may) => {
  expect(foreignPage(fields, 'http', 'a.test') === null).toBe(may);
});
