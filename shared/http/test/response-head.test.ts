import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolViolation } from '../../protocol-violation.ts';
import { findHeadEnd, parseResponseHead } from '../response-head.ts';

const octetsOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Looks for the end as octets come one by one. */
function findOneByOne(text: string): number | null {
  const octets = octetsOf(text);
  for (let count = 1; count <= octets.length; count += 1) {
    const end = findHeadEnd(octets.subarray(0, count), count - 1);
    if (end !== null) return end;
  }
  return null;
}

test('the sample response of the notes', () => {
  const text =
    'HTTP/1.1 200 OK\r\nConnection: close\r\nDate: Tue, 09 Aug 2011 15:44:04 GMT\r\nServer: Apache/2.2.3 (CentOS)\r\n' +
    'Last-Modified: Tue, 09 Aug 2011 15:11:03 GMT\r\nContent-Length: 6821\r\nContent-Type: text/html\r\n\r\n';
  expect(findOneByOne(`${text}(data`)).toBe(text.length);
  const head = parseResponseHead(text);
  expect(head).toMatchObject({ httpVersion: '1.1', status: 200, reason: 'OK' });
  expect(head.fields.map(([name]) => name)).toEqual([
    'Connection',
    'Date',
    'Server',
    'Last-Modified',
    'Content-Length',
    'Content-Type',
  ]);
});

describe('status lines', () => {
  test.each([
    ['HTTP/1.1 200 OK', '1.1', 200, 'OK'],
    ['HTTP/1.0 404 Not Found', '1.0', 404, 'Not Found'],
    ['HTTP/1.1 204 ', '1.1', 204, ''],
    ['HTTP/1.1 204', '1.1', 204, ''],
    ['HTTP/1.7 200 later', '1.1', 200, 'later'],
    ['HTTP/1.1 200 d\u00e9j\u00e0', '1.1', 200, 'd\u00e9j\u00e0'],
  ])('%s', (line, httpVersion, status, reason) => {
    expect(parseResponseHead(`${line}\r\n\r\n`)).toEqual({ httpVersion, status, reason, fields: [] });
  });

  test.each([
    'HTTP/2.0 200 OK',
    'HTTP/1.1 099 No',
    'HTTP/1.1 600 No',
    'HTTP/1.1 20 No',
    'HTTP/1.1 2000 No',
    'HTTP/1.1  200 OK',
    'HTTP/1.1\t200 OK',
    ' HTTP/1.1 200 OK',
    'http/1.1 200 OK',
    'HTTP/1.1 200 a\rb',
    'HTTP/1.1 200 a\0b',
    'ICY 200 OK',
    '',
  ])('%j is refused', (line) => {
    expect(() => parseResponseHead(`${line}\r\n\r\n`)).toThrow(ProtocolViolation);
  });
});

test('a value is trimmed of blanks, of HTAB too, and of nothing else', () => {
  const head = parseResponseHead('HTTP/1.1 200 OK\r\nTransfer-Encoding:\tchunked\t \r\nX: \u00a0\r\n\r\n');
  expect(head.fields).toEqual([
    ['Transfer-Encoding', 'chunked'],
    ['X', '\u00a0'],
  ]);
});

test.each([
  ['a bare LF', 'HTTP/1.1 200 OK\nX: y\r\n\r\n'],
  ['another protocol', 'SSH-2.0-OpenSSH\r\n'],
  ['a body without a head', '<html>'],
])('%s is seen before the end has come', (_name, text) => {
  expect(() => findHeadEnd(octetsOf(text), 0)).toThrow(ProtocolViolation);
  expect(() => findOneByOne(text)).toThrow(ProtocolViolation);
});

test.each([
  ['23 a bare CR in a value', 'X: a\rb'],
  ['23 a NUL in a value', 'X: a\0b'],
  ['a folded line', 'X: a\r\n b'],
  ['a blank before the colon', 'X : a'],
  ['no colon', 'X'],
  ['a blank before the first field', ' X: a'],
])('%s is refused', (_name, line) => {
  expect(() => parseResponseHead(`HTTP/1.1 200 OK\r\n${line}\r\n\r\n`)).toThrow(ProtocolViolation);
});

test('arbitrary text is a head or a ProtocolViolation', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string().map((rest) => `HTTP/1.1 200 OK\r\n${rest}\r\n\r\n`),
    fc.string().map((value) => `HTTP/1.1 200 OK\r\nX: ${value}\r\n\r\n`),
  );
  fc.assert(
    fc.property(text, (given) => {
      try {
        const { fields } = parseResponseHead(given);
        for (const line of fields.flat()) expect(line).not.toMatch(/[\r\n\0]/);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolViolation);
      }
    }),
  );
});
