import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { boundaryOf, decodeFormMultipart } from '../../src/protocol/form-multipart.ts';
import { decodeFormUrlencoded, FORM_FIELDS_MAX } from '../../src/protocol/form-urlencoded.ts';

const octets = (text: string) => new TextEncoder().encode(text);
const urlencoded = (text: string) => decodeFormUrlencoded(octets(text))?.map(({ name, value }) => [name, value]);

test.each<[string, string[][]]>([
  ['', []],
  [
    'a=1&b=2',
    [
      ['a', '1'],
      ['b', '2'],
    ],
  ],
  [
    'a=1&a=2',
    [
      ['a', '1'],
      ['a', '2'],
    ],
  ],
  ['name=A+B%26C%3D', [['name', 'A B&C=']]],
  ['%EA%B0%80=%EB%82%98', [['가', '나']]],
  [
    'a&=b&&c=',
    [
      ['a', ''],
      ['', 'b'],
      ['c', ''],
    ],
  ],
  ['a=%zz%2', [['a', '%zz%2']]],
  ['a=%ff', [['a', '\ufffd']]],
])('"%s" is a form', (text, expected) => {
  expect(urlencoded(text)).toEqual(expected);
});

test('a form has a limit of fields in both forms', () => {
  expect(urlencoded(Array(FORM_FIELDS_MAX).fill('a=1').join('&'))).toHaveLength(FORM_FIELDS_MAX);
  expect(
    decodeFormUrlencoded(
      octets(
        Array(FORM_FIELDS_MAX + 1)
          .fill('a=1')
          .join('&'),
      ),
    ),
  ).toBeNull();
  const part = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n';
  expect(() => decodeFormMultipart(octets(`${part.repeat(FORM_FIELDS_MAX + 1)}--b--`), 'b')).toThrow('more than');
});

const FORM = [
  'a preamble, which nobody sees',
  '--xyz',
  'Content-Disposition: form-data; name="line"',
  '',
  'two\r\nlines --xyz inside',
  '--xyz   ',
  'content-disposition: form-data; name="file"; filename="a%22b.txt"',
  'Content-Type: text/csv',
  '',
  '',
  '--xyz--',
  'an epilogue',
].join('\r\n');

test('parts are taken apart at the delimiters, which stand alone on their lines', () => {
  expect(decodeFormMultipart(octets(FORM), 'xyz')).toEqual([
    { name: 'line', value: 'two\r\nlines --xyz inside', octets: 23 },
    { name: 'file', value: '', octets: 0, file: { name: 'a"b.txt', mediaType: 'text/csv' } },
  ]);
});

test('a form that is cut anywhere before its last delimiter is refused', () => {
  const end = FORM.indexOf('--xyz--') + '--xyz--'.length;
  for (let at = 0; at < end; at += 1) {
    expect(() => decodeFormMultipart(octets(FORM.slice(0, at)), 'xyz')).toThrow(ProtocolViolation);
  }
});

test('any octets are a form or a violation', () => {
  const pieces = fc.constantFrom('--b', '--b--', '\r\n', 'Content-Disposition: form-data; name="a"', ' ', 'x', '\0');
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 8 })), { maxLength: 30 }), (texts) => {
      try {
        decodeFormMultipart(octets(texts.join('')), 'b');
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolViolation);
      }
    }),
  );
});

test.each<[string, string | null]>([
  ['multipart/form-data; boundary=abc', 'abc'],
  ['multipart/form-data; charset=utf-8; Boundary="a b:c"; x=y', null],
  ['multipart/form-data; boundary="a:c"', 'a:c'],
  ['multipart/form-data', null],
  ['multipart/form-data; boundary=', null],
  [`multipart/form-data; boundary=${'x'.repeat(71)}`, null],
])('the boundary of %s is %s', (contentType, boundary) => {
  expect(boundaryOf(contentType)).toBe(boundary);
});
