import { describe, expect, test } from 'vitest';
import type { Fields } from '#shared/http/fields.ts';
import { answerStored } from '../../src/protocol/answer-stored.ts';
import { at, cc, NOW, request, stored } from './sample-messages.ts';

const answer = (asked: Fields, told: Fields, ageS = 0, method = 'GET') =>
  answerStored(request(asked, method), stored(told), NOW + ageS * 1000);
const both: Fields = [
  ['ETag', '"1"'],
  ['Last-Modified', at(-60)],
];

describe("the client's own conditions (RFC 9111, section 4.3.2)", () => {
  test.each<[string, Fields, Fields, number]>([
    ['its tag', [['If-None-Match', '"1"']], both, 304],
    ['its tag among others', [['If-None-Match', '"0", W/"1", "2"']], both, 304],
    [
      'on two lines',
      [
        ['If-None-Match', '"0"'],
        ['If-None-Match', '"1"'],
      ],
      both,
      304,
    ],
    ['any', [['If-None-Match', '*']], both, 304],
    ['another tag', [['If-None-Match', '"2"']], both, 200],
    ['a weak tag that is stored', [['If-None-Match', '"1"']], [['ETag', 'W/"1"']], 304],
    [
      'the tag counts before the date',
      [
        ['If-None-Match', '"2"'],
        ['If-Modified-Since', at(0)],
      ],
      both,
      200,
    ],
    ['the same date', [['If-Modified-Since', at(-60)]], both, 304],
    ['a later date', [['If-Modified-Since', at(-9)]], both, 304],
    ['an earlier date', [['If-Modified-Since', at(-61)]], both, 200],
    ['a date that is none', [['If-Modified-Since', 'now']], both, 200],
    ['without Last-Modified: the Date', [['If-Modified-Since', at(0)]], cc('max-age=9'), 304],
    ['before the Date', [['If-Modified-Since', at(-1)]], cc('max-age=9'), 200],
  ])('%s', (_name, asked, told, status) => {
    expect(answer(asked, told).status).toBe(status);
    expect(answer(asked, told, 0, 'HEAD').status).toBe(status);
  });

  test('a 304 has the fields that guide a cache, and no others (RFC 9110, section 15.4.5)', () => {
    const told: Fields = [
      ...both,
      ...cc('max-age=9'),
      ['Vary', 'X'],
      ['Expires', at(9)],
      ['Content-Type', 'a/b'],
      ['X', '1'],
      ['Set-Cookie', 'a=1'],
    ];
    const names = (fields: Fields) => fields.map(([name]) => name).sort();
    expect(names(answer([['If-None-Match', '"1"']], told).fields)).toEqual([
      'Age',
      'Cache-Control',
      'Date',
      'ETag',
      'Expires',
      'Vary',
    ]);
    expect(names(answer([['If-Modified-Since', at(0)]], [['Last-Modified', at(-9)]]).fields)).toEqual([
      'Age',
      'Date',
      'Last-Modified',
    ]);
  });
});

test('Age is the current age, and Date stays that of the origin (RFC 9111, section 5.1)', () => {
  const { fields } = answer([], [...cc('max-age=99'), ['Age', '30'], ['Age', '3']], 7);
  expect(fields.filter(([name]) => name === 'Age')).toEqual([['Age', '37']]);
  expect(fields).toContainEqual(['Date', at(0)]);
});

test('HEAD has the length of what GET would bring, and no body', () => {
  const head = answer([], both, 0, 'HEAD');
  expect([head.status, head.body]).toEqual([200, 'none']);
  expect(head.fields).toContainEqual(['Content-Length', '5']);
});

test('no Warning is made, whatever the age (RFC 9111, section 5.5)', () => {
  expect(answer([], cc('max-age=1'), 999_999).fields.map(([name]) => name)).not.toContain('Warning');
});
