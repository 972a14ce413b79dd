import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { requestFraming, responseFraming } from '../body-framing.ts';
import type { Fields } from '../fields.ts';

const CL = (...values: string[]): Fields => values.map((value) => ['Content-Length', value]);
const TE = (...values: string[]): Fields => values.map((value) => ['Transfer-Encoding', value]);

describe('what the two fields say (RFC 9112, section 6.3)', () => {
  test.each<[string, Fields, object]>([
    ['one length', CL('5'), { kind: 'length', octets: 5 }],
    ['no octets', CL('0'), { kind: 'length', octets: 0 }],
    ['the same length twice', CL('5', '5'), { kind: 'length', octets: 5 }],
    ['the same length twice in a line', CL('5, 5'), { kind: 'length', octets: 5 }],
    ['two lengths', CL('5', '6'), { kind: 'fault', status: 400 }],
    ['two lengths in a line', CL('5, 6'), { kind: 'fault', status: 400 }],
    ['two spellings of a length', CL('5', '05'), { kind: 'fault', status: 400 }],
    ['a length and an empty member', CL('5,'), { kind: 'fault', status: 400 }],
    ...['', '+5', '-5', '0x5', '5.0', '5e1', '5 5', '5\u00a0', '\u0665', '9007199254740993', '9'.repeat(400)].map(
      (text): [string, Fields, object] => [`the length ${text.slice(0, 20)}`, CL(text), { kind: 'fault', status: 400 }],
    ),
    ['chunked', TE('chunked'), { kind: 'chunked' }],
    ['chunked in capitals', TE('CHUNKED'), { kind: 'chunked' }],
    ['chunked twice', TE('chunked, chunked'), { kind: 'fault', status: 400 }],
    ['chunked in two lines', TE('chunked', 'chunked'), { kind: 'fault', status: 400 }],
    ['chunked before another', TE('chunked, identity'), { kind: 'fault', status: 400 }],
    ['chunked behind another', TE('gzip, chunked'), { kind: 'fault', status: 501 }],
    ['another', TE('xchunked'), { kind: 'fault', status: 400 }],
    ['chunked with a parameter', TE('chunked;q=1'), { kind: 'fault', status: 400 }],
    ['chunked and a no-break space', TE('chunked\u00a0'), { kind: 'fault', status: 400 }],
    ['an empty coding', TE(''), { kind: 'fault', status: 400 }],
    ['both', [...TE('chunked'), ...CL('3')], { kind: 'fault', status: 400 }],
    ['both, the other way round', [...CL('3'), ...TE('chunked')], { kind: 'fault', status: 400 }],
  ])('%s', (_name, fields, expected) => {
    expect(requestFraming('1.1', fields)).toMatchObject(expected);
    expect(responseFraming('GET', { httpVersion: '1.1', status: 200, fields })).toMatchObject(expected);
  });

  test('HTTP/1.0 knows no transfer coding (section 6.1)', () => {
    expect(requestFraming('1.0', TE('chunked')).kind).toBe('fault');
    expect(responseFraming('GET', { httpVersion: '1.0', status: 200, fields: TE('chunked') }).kind).toBe('fault');
  });
});

test('without either field a request has no body, and a response lasts until the connection ends', () => {
  expect(requestFraming('1.1', [])).toEqual({ kind: 'none' });
  expect(responseFraming('GET', { httpVersion: '1.1', status: 200, fields: [] })).toEqual({ kind: 'until-close' });
});

test.each([
  ['HEAD', 200],
  ['GET', 100],
  ['GET', 103],
  ['GET', 204],
  ['GET', 304],
])('the response to %s with %i has no body, whatever its fields say', (method, status) => {
  for (const fields of [[], CL('5'), TE('chunked')]) {
    expect(responseFraming(method, { httpVersion: '1.1', status, fields })).toEqual({ kind: 'none' });
  }
  expect(responseFraming(method, { httpVersion: '1.1', status, fields: CL('5', '6') }).kind).toBe('fault');
});

test('any fields give a framing or a fault, and a length only from digits', () => {
  const value = fc.oneof(fc.string(), fc.constantFrom('chunked', '5', '5,5', ' 7 '), fc.nat().map(String));
  const field = fc.tuple(fc.constantFrom('Content-Length', 'Transfer-Encoding', 'X'), value);
  fc.assert(
    fc.property(fc.array(field, { maxLength: 4 }), (fields) => {
      const framing = requestFraming('1.1', fields);
      if (framing.kind === 'length') expect(Number.isSafeInteger(framing.octets)).toBe(true);
      if (framing.kind === 'chunked') expect(fields.some(([name]) => name === 'Content-Length')).toBe(false);
      if (framing.kind === 'none') expect(fields.every(([name]) => name === 'X')).toBe(true);
    }),
  );
});

test('a field of 64 KiB of blanks is judged in no time', () => {
  const blanks = ' '.repeat(65_536);
  for (const fields of [CL(`${blanks}5${blanks}x`), TE(`${blanks}chunked${blanks}x`), CL(`5${blanks},${blanks}5`)]) {
    requestFraming('1.1', fields);
  }
  expect(requestFraming('1.1', CL(`5${blanks},${blanks}5`))).toEqual({ kind: 'length', octets: 5 });
});
