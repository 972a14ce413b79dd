import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Fields } from '#shared/http/fields.ts';
import { requestOfHttp2 } from '../../src/protocol/guard-http2.ts';

const HEAD: Fields = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', 'www.test.com'],
  [':path', '/a?b'],
];
const without = (name: string) => HEAD.filter(([given]) => given !== name);

test('the pseudo-fields become a request line and a Host', () => {
  expect(requestOfHttp2([...HEAD, ['accept', '*/*'], ['te', 'trailers']])).toEqual({
    method: 'GET',
    target: '/a?b',
    httpVersion: '2',
    fields: [
      ['host', 'www.test.com'],
      ['accept', '*/*'],
      ['te', 'trailers'],
    ],
  });
  expect(requestOfHttp2([...without(':authority'), ['host', 'www.test.com']])).toMatchObject({ target: '/a?b' });
  expect(requestOfHttp2([...HEAD, ['host', 'WWW.test.com:443']])).toMatchObject({ target: '/a?b' });
});

test.each<[string, Fields, number]>([
  ['two paths', [...HEAD, [':path', '/']], 400],
  ['no path', without(':path'), 400],
  ['an empty path', [...without(':path'), [':path', '']], 400],
  ['a path that is an absolute URI', [...without(':path'), [':path', 'http://evil.test/']], 400],
  ['no method', without(':method'), 400],
  ['a method with a blank', [...without(':method'), [':method', 'GET /x']], 400],
  ['another scheme', [...without(':scheme'), [':scheme', 'http']], 421],
  ['no authority at all', without(':authority'), 400],
  ['an authority that is none', [...without(':authority'), [':authority', 'a b/..@c']], 400],
  ['an authority with user information', [...without(':authority'), [':authority', 'www.test.com@evil.test']], 400],
  ['a Host of elsewhere', [...HEAD, ['host', 'evil.test']], 400],
  ['a Host with another port', [...HEAD, ['host', 'www.test.com:8443']], 400],
  ['two Hosts', [...HEAD, ['host', 'www.test.com'], ['host', 'www.test.com']], 400],
  ['a pseudo-field behind a field', [...without(':path'), ['accept', '*/*'], [':path', '/']], 400],
  ['a pseudo-field of responses', [[':status', '200'], ...HEAD], 400],
  ['an invented pseudo-field', [[':protocol', 'x'], ...HEAD], 400],
  ['a name in upper case', [...HEAD, ['Accept', '*/*']], 400],
  ['a name that is no token', [...HEAD, ['a b', 'c']], 400],
  ['a line end in a value', [...HEAD, ['x', 'a\r\nb: c']], 400],
  ['a NUL in a value', [...HEAD, ['x', 'a\0b']], 400],
  ['a blank around a value', [...HEAD, ['x', ' a']], 400],
  ...['connection', 'proxy-connection', 'keep-alive', 'transfer-encoding', 'upgrade'].map(
    (name): [string, Fields, number] => [`the field ${name}`, [...HEAD, [name, 'chunked']], 400],
  ),
  ['32 KiB of fields', [...HEAD, ['x', 'y'.repeat(32_768)]], 431],
  ['te other than trailers', [...HEAD, ['te', 'gzip']], 400],
])('%s is refused', (_name, fields, status) => {
  expect(requestOfHttp2(fields)).toMatchObject({ kind: 'refuse', status });
});

test('any fields are a request or a refusal', () => {
  const names = fc.constantFrom(':method', ':path', ':scheme', ':authority', 'host', 'te', 'x');
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(names, fc.string()), fc.string()), { maxLength: 8 }), (fields) => {
      const read = requestOfHttp2(fields);
      expect('kind' in read ? read.status : read.httpVersion).toBeTruthy();
    }),
  );
});
