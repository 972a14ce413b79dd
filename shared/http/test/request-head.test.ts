import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolViolation } from '../../protocol-violation.ts';
import { parseFieldLines } from '../field-section.ts';
import type { Field } from '../fields.ts';
import { HeadReader } from '../head-reader.ts';
import { formatHead } from '../message-writer.ts';
import { guardRequest } from '../request-guard.ts';
import { parseRequestHead, parseRequestLine, refuseLongLine } from '../request-head.ts';

/** Feeds a text in pieces; what the reader makes of it, and what it leaves. */
function read(pieces: readonly string[]): { text: string; rest: string } | 'unfinished' | 'violation' {
  const reader = new HeadReader();
  try {
    for (const [place, piece] of pieces.entries()) {
      const used = reader.push(piece);
      if (used !== -1) return { text: reader.text, rest: piece.slice(used) + pieces.slice(place + 1).join('') };
    }
    return 'unfinished';
  } catch (error) {
    if (error instanceof ProtocolViolation) return 'violation';
    throw error;
  }
}

const HEAD = 'GET /a HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n';

describe('where a head ends', () => {
  test.each<[string, string, ReturnType<typeof read>]>([
    ['a head and what follows it', `${HEAD}body\r\n\r\n`, { text: HEAD, rest: 'body\r\n\r\n' }],
    ['empty lines before it are passed over', `\r\n\r\n${HEAD}`, { text: HEAD, rest: '' }],
    ['five of them are not', `${'\r\n'.repeat(5)}${HEAD}`, 'violation'],
    ['a head without fields', 'GET / HTTP/1.0\r\n\r\nx', { text: 'GET / HTTP/1.0\r\n\r\n', rest: 'x' }],
    ['a bare LF ends no line', 'GET / HTTP/1.1\nHost: a\n\n', 'violation'],
    ['a bare LF later', 'GET / HTTP/1.1\r\nHost: a\n\r\n', 'violation'],
    ['an empty line of LF alone', 'GET / HTTP/1.1\r\nHost: a\r\n\n', 'violation'],
    ['no end', 'GET / HTTP/1.1\r\nHost: a\r\n', 'unfinished'],
  ])('%s, cut at every place', (_name, text, expected) => {
    expect(read([text])).toEqual(expected);
    expect(read([...text])).toEqual(expected);
    for (let cut = 1; cut < text.length; cut += 1)
      expect(read([text.slice(0, cut), text.slice(cut)])).toEqual(expected);
  });

  test('any text, cut in any way, is read alike', () => {
    const piece = fc.stringMatching(/^[\r\nG:/ x]{0,12}$/);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        expect(read(pieces)).toEqual(read([pieces.join('')]));
      }),
      { numRuns: 500 },
    );
  });

  test('the first line is known as soon as it is there, and the first character as soon as it has come', () => {
    const reader = new HeadReader();
    reader.push('\r\nGET /h');
    expect([reader.startLine, reader.mayBeStartLine]).toEqual([null, true]);
    reader.push('\r\nHo');
    expect(reader.startLine).toBe('GET /h');
    for (const text of ['\u0016\u0003\u0001', ' GET', '\rGET', '(']) {
      const other = new HeadReader();
      other.push(text);
      expect(other.mayBeStartLine).toBe(false);
    }
  });
});

describe('field lines', () => {
  test('values lose the blanks around them and nothing else', () => {
    expect(parseFieldLines('A:\t b \t c \t\r\nb:\r\nA:  \r\n')).toEqual([
      ['A', 'b \t c'],
      ['b', ''],
      ['A', ''],
    ]);
    expect(parseFieldLines('X: \u00a0\u0085\u00ff\r\n')).toEqual([['X', '\u00a0\u0085\u00ff']]);
    expect(parseFieldLines('')).toEqual([]);
  });

  test.each<[string, string]>([
    ['a blank before the colon', 'Transfer-Encoding : chunked\r\n'],
    ['a folded line', 'X: a\r\n b\r\n'],
    ['a blank before the first field', ' X: a\r\n'],
    ['no colon', 'X\r\n'],
    ['no name', ': a\r\n'],
    ['a name that is no token', 'X(y): a\r\n'],
    ['a name with a NUL', 'X\0: a\r\n'],
    ['a name of octets above ASCII', 'X\u00e9: a\r\n'],
    ['a bare CR in a value', 'X: a\rb\r\n'],
    ['a CR at the end of a value', 'X: a\r\r\n'],
    ['a NUL', 'X: a\0b\r\n'],
    ['a DEL', 'X: \x7f\r\n'],
    ['a vertical tab around a value', 'X: \x0bchunked\x0b\r\n'],
    ['no end', 'X: a'],
  ])('%s is a violation', (_name, text) => {
    expect(() => parseFieldLines(text)).toThrow(ProtocolViolation);
  });

  test('anything else returns or is a violation, and what returns can be written and read again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        let fields: ReturnType<typeof parseFieldLines>;
        try {
          fields = parseFieldLines(`${text.replace(/[^\0-\xff]/g, '')}\r\n`);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolViolation);
          return;
        }
        const again = formatHead('GET / HTTP/1.1', fields);
        expect(parseFieldLines(again.slice(again.indexOf('\r\n') + 2, -2))).toEqual(fields);
      }),
      { numRuns: 1_000 },
    );
  });
});

test.each<[string, number | string]>([
  ['GET / HTTP/1.1', '1.1'],
  ['GET / HTTP/1.0', '1.0'],
  ['GET / HTTP/1.9', '1.1'],
  ['BREW /pot HTTP/1.1', '1.1'],
  ['GET / HTTP/3.7', '3.7'],
  ['PRI * HTTP/2.0', '2.0'],
  ['GET /', 400],
  ['GET', 400],
  ['', 400],
  ['GET  / HTTP/1.1', 400],
  ['GET / HTTP/1.1 ', 400],
  [' GET / HTTP/1.1', 400],
  ['GET /a b HTTP/1.1', 400],
  ['GET\t/ HTTP/1.1', 400],
  ['GET / http/1.1', 400],
  ['GET / HTTP/1.10', 400],
  ['GET / HTTP/1', 400],
  ['GET / ICY/1.1', 400],
  ['G@T / HTTP/1.1', 400],
  [`${'A'.repeat(33)} / HTTP/1.1`, 501],
])('request line: %j', (line, expected) => {
  const read = parseRequestLine(line);
  expect('kind' in read ? read.status : read.httpVersion).toBe(expected);
});

test('a line that is too long is 414, 501 or 400, by what is too long in it (RFC 9112, section 3)', () => {
  expect(refuseLongLine(`GET /${'a'.repeat(9_000)}`).status).toBe(414);
  expect(refuseLongLine('A'.repeat(9_000)).status).toBe(501);
  expect(refuseLongLine(`${'@'.repeat(9_000)}`).status).toBe(400);
});

const status = (text: string): number => {
  const head = parseRequestHead(text);
  if ('kind' in head) return head.status;
  const judged = guardRequest(head);
  return judged.kind === 'refuse' ? judged.status : 200;
};
const POST = 'POST /h HTTP/1.1\r\nHost: a\r\n';

// The numbers are those of the table of hostile inputs.
test.each<[string, string, number]>([
  ['1', `${POST}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`, 400],
  ['2', `${POST}Transfer-Encoding: xchunked\r\n\r\n`, 400],
  ['3', `${POST}Transfer-Encoding: chunked, identity\r\n\r\n`, 400],
  ['4', `${POST}Content-Length: 3\r\nContent-Length: 4\r\n\r\n`, 400],
  ['4 twice the same', `${POST}Content-Length: 5\r\nContent-Length: 5\r\n\r\n`, 400],
  ['4 in one line', `${POST}Content-Length: 5, 5\r\n\r\n`, 400],
  ['4 signed', `${POST}Content-Length: +5\r\n\r\n`, 400],
  ['4 hexadecimal', `${POST}Content-Length: 0x5\r\n\r\n`, 400],
  ['4 empty', `${POST}Content-Length:\r\n\r\n`, 400],
  ['4 too large to count', `${POST}Content-Length: 99999999999999999999\r\n\r\n`, 400],
  ['5', `${POST}Transfer-Encoding : chunked\r\n\r\n`, 400],
  ['11', 'POST /h HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
  ['12 none', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['12 two', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n', 400],
  ['12 no host', 'GET / HTTP/1.1\r\nHost: a b/..@c\r\n\r\n', 400],
  ['15', 'GET /h\r\nHost: a\r\n\r\n', 400],
  ['16', 'GET / HTTP/3.7\r\nHost: a\r\n\r\n', 505],
  ['22', 'GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-maybe\r\n\r\n', 417],
  ['22 in HTTP/1.0, which has none', 'GET / HTTP/1.0\r\nExpect: 200-maybe\r\n\r\n', 200],
  ['no fault', `${POST}Expect: 100-Continue\r\nContent-Length: 5\r\n\r\n`, 200],
  ['no fault, chunked', `${POST}Transfer-Encoding: Chunked\r\n\r\n`, 200],
])('hostile input %s has its status', (_name, text, expected) => {
  expect(status(text)).toBe(expected);
});

test('any head that is well formed is read as what it is', () => {
  const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}$/);
  const value = fc.stringMatching(/^([\x21-\x7e\x80-\xff]([\t -~\x80-\xff]{0,12}[\x21-\x7e\x80-\xff])?)?$/);
  const field = fc.tuple(token, value).map(([name, text]): Field => [name, text]);
  fc.assert(
    fc.property(
      token,
      fc.stringMatching(/^\/[!-~]{0,20}$/),
      fc.array(field, { maxLength: 8 }),
      (method, target, fields) => {
        const text = formatHead(`${method} ${target} HTTP/1.1`, fields);
        expect(parseRequestHead(text)).toEqual({ method, target, httpVersion: '1.1', fields });
      },
    ),
    { numRuns: 500 },
  );
});

test.each(['a\r\nb', 'a\0', 'a\nb', '\u0100'])('%j is never written as a value', (value) => {
  expect(() => formatHead('GET / HTTP/1.1', [['X', value]])).toThrow(RangeError);
  expect(() => formatHead('GET / HTTP/1.1', [[value, 'x']])).toThrow(RangeError);
});
