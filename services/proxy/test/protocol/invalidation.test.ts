import { expect, test } from 'vitest';
import type { Fields } from '#shared/http/fields.ts';
import { invalidatedKeys } from '../../src/protocol/invalidation.ts';
import { KEY, request, response } from './sample-messages.ts';

const keys = (method: string, status: number, fields: Fields = []) =>
  invalidatedKeys(request([], method), response(fields, status));

test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'M-SEARCH', 'BREW'])(
  '%s invalidates its URI when it succeeds, and nothing when it fails (RFC 9111, section 4.4)',
  (method) => {
    for (const status of [200, 201, 204, 303, 399]) expect(keys(method, status)).toEqual([KEY]);
    for (const status of [400, 404, 412, 500, 503]) expect(keys(method, status)).toEqual([]);
  },
);

test.each(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'])('%s is safe and invalidates nothing', (method) => {
  expect(keys(method, 200, [['Location', '/y']])).toEqual([]);
});

test.each([
  ['/y', 'http://a.test/y'],
  ['y?q', 'http://a.test/dir/y?q'],
  ['../y', 'http://a.test/y'],
  ['?q', 'http://a.test/dir/x?q'],
  ['http://A.test:80/z#f', 'http://a.test/z'],
  ['//a.test/z', 'http://a.test/z'],
])('Location and Content-Location go with it, however they are written: %s', (reference, key) => {
  for (const name of ['Location', 'Content-Location'])
    expect(keys('POST', 201, [[name, reference]])).toEqual([KEY, key]);
});

test.each([
  'http://b.test/y',
  '//b.test/y',
  'https://a.test/y',
  'http://a.test:8080/y',
  'mailto:x@a.test',
  'http://',
  '',
])('what is on another origin stays: %s', (reference) => {
  expect(keys('POST', 201, [['Location', reference]])).toEqual([KEY]);
});
