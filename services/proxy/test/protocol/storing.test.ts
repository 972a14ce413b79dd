import { describe, expect, test } from 'vitest';
import type { Fields } from '#shared/http/fields.ts';
import { mayStore } from '../../src/protocol/may-store.ts';
import { updateFields } from '../../src/protocol/storable-fields.ts';
import { at, cc, KEY, request, response, stored, storedPart } from './sample-messages.ts';

const auth: Fields = [['Authorization', 'Basic x']];
const range: Fields = [['Range', 'bytes=0-4']];
const own: Fields = [['Content-Location', KEY]];

describe('may a response be stored (RFC 9111, section 3)', () => {
  test.each<[string, ReturnType<typeof request>, ReturnType<typeof response>, boolean]>([
    ['max-age', request(), response(cc('max-age=1')), true],
    ['Expires', request(), response([['Expires', at(9)]]), true],
    ['a validator alone', request(), response([['ETag', '"1"']]), true],
    ['neither freshness nor validator', request(), response([]), false],
    ['an unknown extension is ignored', request(), response(cc('max-age=1, x="no-store, private"')), true],
    ['NO-STORE in capitals', request(), response(cc('NO-STORE, max-age=1')), false],
    ['no-store on another line', request(), response([...cc('max-age=1'), ...cc('no-store')]), false],
    ['private', request(), response(cc('private, max-age=1')), false],
    ['Private in capitals', request(), response(cc('PRIVATE, max-age=1')), false],
    ['private fields: the rest is kept', request(), response(cc('private="X", max-age=1')), true],
    ['private="" is no list of fields', request(), response(cc('private="", max-age=1')), false],
    ['private = "X" is no list of fields', request(), response(cc('private = "X", max-age=1')), false],
    ['private and private fields', request(), response(cc('private="X", private, max-age=1')), false],
    ['no-store in the request', request(cc('no-store')), response(cc('max-age=1')), false],
    ['a GET with a body', request([], 'GET', true), response(cc('max-age=1')), false],
    ['HEAD', request([], 'HEAD'), response(cc('max-age=1')), false],
    ['PUT', request([], 'PUT', true), response([...cc('max-age=1'), ...own]), false],
    ['an unknown method', request([], 'BREW'), response(cc('max-age=1')), false],
    ['POST', request([], 'POST', true), response(cc('max-age=1')), false],
    ['POST, freshness, own URI', request([], 'POST', true), response([...cc('max-age=1'), ...own]), true],
    ['POST, own URI as a path', request([], 'POST'), response([...cc('max-age=1'), ['Content-Location', 'x']]), true],
    ['POST, another URI', request([], 'POST'), response([...cc('max-age=1'), ['Content-Location', '/y']]), false],
    ['POST, own URI, no freshness', request([], 'POST'), response([['ETag', '"1"'], ...own]), false],
    ['Authorization', request(auth), response(cc('max-age=1')), false],
    ['Authorization and public', request(auth), response(cc('public, max-age=1')), true],
    ['Authorization and s-maxage', request(auth), response(cc('s-maxage=1')), true],
    ['Authorization and must-revalidate', request(auth), response(cc('must-revalidate, max-age=1')), true],
    ['Authorization and proxy-revalidate', request(auth), response(cc('proxy-revalidate, max-age=1')), false],
    ['Vary: *', request(), response([...cc('max-age=1'), ['Vary', '*']]), false],
    ['Vary with * in a list', request(), response([...cc('max-age=1'), ['Vary', 'X, *']]), false],
    ['Vary with * on a second line', request(), response([...cc('max-age=1'), ['Vary', 'X'], ['Vary', ', *']]), false],
    ['304', request(), response(cc('max-age=1'), 304), false],
    ['103', request(), response(cc('max-age=1'), 103), false],
    ['302 without a word', request(), response([['ETag', '"1"']], 302), false],
    ['302 with max-age', request(), response(cc('max-age=1'), 302), true],
    ['302 and public', request(), response(cc('public'), 302), true],
    ['404 with a date', request(), response([['Last-Modified', at(-9)]], 404), true],
    ['500 with max-age', request(), response(cc('max-age=1'), 500), true],
    ['500 without a word', request(), response([['ETag', '"1"']], 500), false],
    ...[412, 416, 417, 428, 429, 431, 511].map(
      (status): [string, ReturnType<typeof request>, ReturnType<typeof response>, boolean] => [
        `${status} with max-age`,
        request(),
        response(cc('max-age=1'), status),
        false,
      ],
    ),
    ['599 with max-age', request(), response(cc('max-age=1'), 599), true],
    ['must-understand of a known status', request(), response(cc('must-understand, no-store, max-age=1')), true],
    ['must-understand of an unknown one', request(), response(cc('must-understand, no-store, max-age=1'), 299), false],
    ['must-understand alone, unknown', request(), response(cc('must-understand, max-age=1'), 299), false],
    ['Set-Cookie with directives', request(), response([...cc('max-age=1'), ['Set-Cookie', 'a=1']]), true],
    [
      'Set-Cookie without a word',
      request(),
      response([
        ['ETag', '"1"'],
        ['Set-Cookie', 'a=1'],
      ]),
      false,
    ],
    ['206', request(range), response([...cc('max-age=1'), ['Content-Range', 'bytes 0-4/9']], 206), true],
    ['206 unasked', request(), response([...cc('max-age=1'), ['Content-Range', 'bytes 0-4/9']], 206), false],
    [
      '206 of unknown length',
      request(range),
      response([...cc('max-age=1'), ['Content-Range', 'bytes 0-4/*']], 206),
      false,
    ],
    [
      '206 beyond its length',
      request(range),
      response([...cc('max-age=1'), ['Content-Range', 'bytes 0-9/9']], 206),
      false,
    ],
    [
      '206 of several parts',
      request(range),
      response([...cc('max-age=1'), ['Content-Type', 'multipart/byteranges; boundary=x']], 206),
      false,
    ],
    ['200 with Content-Range', request(), response([...cc('max-age=1'), ['Content-Range', 'bytes 0-4/9']]), false],
    ['200 to a Range is all of it', request(range), response(cc('max-age=1')), true],
    [
      'CDN-Cache-Control allows what Cache-Control forbids',
      request(),
      response([...cc('no-store'), ['CDN-Cache-Control', 'max-age=9']]),
      true,
    ],
    [
      'CDN-Cache-Control forbids what Cache-Control allows',
      request(),
      response([...cc('max-age=9'), ['CDN-Cache-Control', 'no-store']]),
      false,
    ],
    [
      'Expires does not count next to CDN-Cache-Control',
      request(),
      response([
        ['Expires', at(9)],
        ['CDN-Cache-Control', 'x'],
      ]),
      false,
    ],
  ])('%s', (_name, asked, told, expected) => {
    const decision = mayStore(asked, told);
    expect(decision.store, decision.because).toBe(expected);
    expect(decision.because).not.toBe('');
  });
});

describe('which fields are stored (RFC 9111, section 3.1)', () => {
  const names = (head: { fields: Fields }) => head.fields.map(([name]) => name);

  test('not those of the connection, for a proxy, or of the message', () => {
    const head = stored([
      ...cc('max-age=1'),
      ['Connection', 'X-Hop, Keep-Alive'],
      ['X-Hop', '1'],
      ['Keep-Alive', 'x'],
      ['Proxy-Authenticate', 'x'],
      ['Proxy-Authentication-Info', 'x'],
      ['Content-Length', '5'],
      ['X-Keep', '1'],
      ['Set-Cookie', 'a=1'],
    ]);
    expect(names(head)).toEqual(['Date', 'Cache-Control', 'X-Keep', 'Set-Cookie']);
  });

  test('not those that no-cache or private names, in any spelling (sections 5.2.2.4 and 5.2.2.7)', () => {
    const head = stored([
      ...cc('no-cache="Set-Cookie, x-one", PRIVATE="X-Two", max-age=1'),
      ['Set-Cookie', 'a=1'],
      ['X-One', '1'],
      ['X-Two', '2'],
      ['X-Keep', '1'],
    ]);
    expect(names(head)).toEqual(['Date', 'Cache-Control', 'X-Keep']);
  });

  test('a part is stored with its place and without Content-Range', () => {
    expect(storedPart('5-9/20')).toMatchObject({ octets: 5, part: { first: 5, complete: 20 } });
    expect(names(storedPart('5-9/20'))).not.toContain('Content-Range');
  });
});

describe('how stored fields are updated (RFC 9111, section 3.2)', () => {
  const update = (before: Fields, later: Fields) => updateFields(before, later).map((field) => field.join(': '));

  test.each(['Content-Type', 'Content-Encoding', 'Content-Location', 'Set-Cookie', 'ETag', 'X-Any', 'Date'])(
    '%s is replaced, all its lines',
    (name) => {
      expect(
        update(
          [
            [name, 'a'],
            ['X', '1'],
            [name.toLowerCase(), 'b'],
          ],
          [[name, 'c']],
        ),
      ).toEqual(['X: 1', `${name}: c`]);
    },
  );

  test('what the 304 does not have stays; Age, lengths and hops do not come or stay', () => {
    expect(
      update(
        [
          ['X', '1'],
          ['Age', '7'],
        ],
        [
          ['Content-Length', '0'],
          ['Content-Range', 'bytes 0-1/2'],
          ['Connection', 'Y'],
          ['Y', '1'],
          ['Keep-Alive', 'x'],
        ],
      ),
    ).toEqual(['X: 1']);
  });

  test('a field that the stored response guards is not let in by a later one, nor kept when a later one guards it', () => {
    expect(update(cc('no-cache="Set-Cookie"'), [['Set-Cookie', 'a=1']])).toEqual([
      'Cache-Control: no-cache="Set-Cookie"',
    ]);
    expect(update([['Set-Cookie', 'a=1']], cc('private="Set-Cookie"'))).toEqual([
      'Cache-Control: private="Set-Cookie"',
    ]);
  });
});
