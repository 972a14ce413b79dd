import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fields } from '../fields.ts';
import { answerToParserError } from '../parser-error.ts';
import { guardRequest, hasBody } from '../request-guard.ts';
import { formatAuthority, parseAuthority, parseRequestTarget } from '../request-target.ts';

const guard = (fields: Fields, target = '/', method = 'GET', httpVersion = '1.1') =>
  guardRequest({ method, target, httpVersion, fields });
const status = (...given: Parameters<typeof guard>) => {
  const judged = guard(...given);
  return judged.kind === 'refuse' ? judged.status : 200;
};

describe('what Node lets pass and the RFCs do not', () => {
  test('Host: none, two, and what is no host (RFC 9112, section 3.2)', () => {
    expect(status([])).toBe(400);
    expect(status([], '/', 'GET', '1.0')).toBe(200);
    expect(
      status([
        ['Host', 'a'],
        ['host', 'a'],
      ]),
    ).toBe(400);
    for (const host of ['a b', 'a/b', 'b@c', 'a:b', 'a:99999', '[::1', 'a,b c'])
      expect(status([['Host', host]])).toBe(400);
    for (const host of ['a', 'A.b.', 'a:80', 'a:', '[::1]:80', '10.53.1.1']) expect(status([['Host', host]])).toBe(200);
  });

  test('versions (RFC 9110, section 15.6.6)', () => {
    expect(status([['Host', 'a']], '/', 'GET', '0.9')).toBe(400);
    expect(status([['Host', 'a']], '/', 'GET', '2.0')).toBe(505);
  });

  test('framing (RFC 9112, sections 6.1 and 6.3)', () => {
    const host = ['Host', 'a'] as const;
    expect(status([host, ['Transfer-Encoding', 'chunked']], '/', 'POST')).toBe(200);
    expect(status([host, ['Transfer-Encoding', 'chunked']], '/', 'POST', '1.0')).toBe(400);
    expect(status([host, ['Transfer-Encoding', 'chunked'], ['Content-Length', '3']], '/', 'POST')).toBe(400);
    expect(status([host, ['Transfer-Encoding', 'gzip, chunked']], '/', 'POST')).toBe(501);
    expect(status([host, ['Transfer-Encoding', 'chunked'], ['Transfer-Encoding', 'chunked']], '/', 'POST')).toBe(400);
    expect(status([host, ['Transfer-Encoding', 'xchunked']], '/', 'POST')).toBe(400);
  });

  test('size', () => {
    expect(status([['Host', 'a']], `/${'a'.repeat(8192)}`)).toBe(414);
    expect(status([['Host', 'a'], ...Array.from({ length: 200 }, () => ['X', '1'] as const)])).toBe(431);
  });

  test('the absolute form wins over Host (RFC 9112, section 3.2.2)', () => {
    const judged = guard([['Host', 'evil.test']], 'http://Lab.Test:80/h?x');
    expect(judged).toMatchObject({
      kind: 'accept',
      authority: { host: 'lab.test', port: 80 },
      target: { path: '/h?x' },
    });
  });
});

test.each([
  ['GET', '*'],
  ['GET', '/a#b'],
  ['GET', 'a'],
  ['GET', 'http://u:p@a/'],
  ['GET', 'http:///a'],
  ['GET', '/\u00e9'],
  ['CONNECT', '/'],
  ['CONNECT', 'a'],
])('%s %s is no request target', (method, target) => {
  expect(typeof parseRequestTarget(method, target)).toBe('string');
});

test('an authority is one spelling for one host', () => {
  expect(formatAuthority(parseAuthority('WWW.Test.com.:80')!)).toBe('www.test.com');
  expect(formatAuthority(parseAuthority('a:8080')!)).toBe('a:8080');
  fc.assert(
    fc.property(fc.string(), (text) => {
      const authority = parseAuthority(text);
      if (authority === null) return;
      expect(parseAuthority(formatAuthority(authority, 0))).toEqual(authority);
    }),
  );
});

test('a body is announced by its framing alone (RFC 9112, section 6.3)', () => {
  expect(hasBody([])).toBe(false);
  expect(hasBody([['Content-Length', '0']])).toBe(false);
  expect(hasBody([['Content-Length', '1']])).toBe(true);
  expect(hasBody([['Transfer-Encoding', 'chunked']])).toBe(true);
});

test.each([
  ['HPE_INVALID_VERSION', 'Invalid HTTP version', '', 505],
  ['HPE_INVALID_VERSION', 'Expected CRLF after version', 'GET / HTTP/1.1\n', 400],
  ['HPE_INVALID_METHOD', '', 'BREW /pot HTTP/1.1\r\n', 501],
  ['HPE_INVALID_METHOD', '', 'garbage', 400],
  ['HPE_HEADER_OVERFLOW', '', `GET /${'a'.repeat(99)}`, 414],
  ['HPE_HEADER_OVERFLOW', '', 'GET / HTTP/1.1\r\nX: aaa', 431],
  ['ERR_HTTP_REQUEST_TIMEOUT', '', '', 408],
  ['HPE_INVALID_EOF_STATE', '', '', null],
  ['ECONNRESET', '', '', null],
])("the parser's %s (%s) is answered with the right status", (code, reason, bytes, expected) => {
  expect(
    answerToParserError({ code, reason, bytes, offset: code === 'HPE_INVALID_METHOD' ? 1 : bytes.length })?.status ??
      null,
  ).toBe(expected);
});
