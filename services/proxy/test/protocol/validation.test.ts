import { describe, expect, test } from 'vitest';
import type { Fields } from '#shared/http/fields.ts';
import { conditionalFields, confirmedBy, freshen, judgeHead } from '../../src/protocol/validation.ts';
import { at, cc, NOW, response, stored } from './sample-messages.ts';

const both: Fields = [
  ['ETag', '"1"'],
  ['Last-Modified', at(-60)],
];
const tagged = (etag: string, id = etag) => stored([...cc('max-age=1'), ['ETag', etag]], [], id);
const dated = (seconds: number, id = String(seconds)) => stored([['Last-Modified', at(seconds)]], [], id);

describe('asking the origin (RFC 9111, section 4.3.1)', () => {
  test("the condition is the store's own, with both validators; a Range stays", () => {
    const head = stored(both);
    const asked: Fields = [
      ['Accept', '*/*'],
      ['If-None-Match', '"client"'],
      ['If-Modified-Since', at(-9)],
      ['Range', 'bytes=0-1'],
    ];
    expect(conditionalFields(asked, head, [head])).toEqual([
      ['Accept', '*/*'],
      ['Range', 'bytes=0-1'],
      ['If-None-Match', '"1"'],
      ['If-Modified-Since', at(-60)],
    ]);
  });

  test('the tags of all candidates, each once; the date of the selected one alone', () => {
    const candidates = [tagged('"1"'), tagged('W/"2"'), tagged('"1"', 'again'), dated(-60)];
    expect(conditionalFields([], candidates[0]!, candidates)).toEqual([['If-None-Match', '"1", W/"2"']]);
    expect(conditionalFields([], null, candidates)).toEqual([['If-None-Match', '"1", W/"2"']]);
    expect(conditionalFields([], candidates[3]!, candidates)).toEqual([
      ['If-None-Match', '"1", W/"2"'],
      ['If-Modified-Since', at(-60)],
    ]);
  });

  test.each<[string, Fields]>([
    ['no validator', cc('max-age=1')],
    ['a tag without quotes', [['ETag', 'bad']]],
    ['a small w', [['ETag', 'w/"1"']]],
    [
      'two tags',
      [
        ['ETag', '"1"'],
        ['ETag', '"2"'],
      ],
    ],
    ['a date that is none', [['Last-Modified', 'yesterday']]],
  ])('%s is nothing to ask with', (_name, fields) => {
    expect(conditionalFields([], stored(fields), [stored(fields)])).toBeNull();
  });
});

describe('what a 304 confirms (RFC 9111, section 4.3.4)', () => {
  test.each<[string, Fields, ReturnType<typeof stored>[], string[]]>([
    ['the strong tag', [['ETag', '"1"']], [tagged('"1"')], ['"1"']],
    ['another tag', [['ETag', '"2"']], [tagged('"1"')], []],
    ['the tag of another variant', [['ETag', '"2"']], [tagged('"1"'), tagged('"2"')], ['"2"']],
    ['a strong tag does not name a weak one', [['ETag', '"1"']], [tagged('W/"1"')], []],
    ['a weak tag names either', [['ETag', 'W/"1"']], [tagged('"1"')], ['"1"']],
    ['a weak tag names one', [['ETag', 'W/"1"']], [tagged('W/"1"', 'a'), tagged('W/"1"', 'b')], ['a']],
    ['a tag where none is stored', [['ETag', '"1"']], [dated(-9)], []],
    ['the date', [['Last-Modified', at(-9)]], [dated(-9)], ['-9']],
    ['a date, where one with a tag was asked about', [['Last-Modified', at(-9)]], [tagged('"1"')], ['"1"']],
    ['a date, where several with tags were', [['Last-Modified', at(-9)]], [tagged('"1"'), tagged('"2"')], []],
    ['another date', [['Last-Modified', at(-8)]], [dated(-9)], []],
    ['nothing, about one', [], [tagged('"1"')], ['"1"']],
    ['nothing, about several', [], [tagged('"1"'), tagged('"2"')], []],
  ])('%s', (_name, fields, candidates, expected) => {
    expect(confirmedBy(response(fields, 304), candidates).map(({ id }) => id)).toEqual(expected);
  });

  test('it renews fields and times, and leaves what it does not name', () => {
    const told = {
      ...response([...cc('max-age=20'), ['Content-Length', '0'], ['Content-Type', 'x/y']], 304),
      responseTimeMs: NOW + 9,
    };
    const head = freshen(stored([...both, ...cc('max-age=1'), ['Age', '7'], ['X', 'kept']]), told, []);
    expect(Object.fromEntries(head.fields)).toMatchObject({
      'Cache-Control': 'max-age=20',
      'Content-Type': 'x/y',
      X: 'kept',
      ETag: '"1"',
    });
    expect(Object.fromEntries(head.fields)).not.toHaveProperty('Age');
    expect(head.responseTimeMs).toBe(NOW + 9);
  });

  test('a variant that is confirmed for another request answers both from then on', () => {
    const french = stored([...both, ['Vary', 'A']], [['A', 'fr']]);
    const head = freshen(french, response([['ETag', '"1"']], 304), [['A', 'fr-CA']]);
    expect(head.selecting).toEqual([['a', 'fr-CA']]);
    expect(head.alsoSelectedBy).toEqual([[['a', 'fr']]]);
    const again = freshen(head, response([['ETag', '"1"']], 304), [['A', 'fr']]);
    expect([again.selecting, again.alsoSelectedBy]).toEqual([[['a', 'fr']], [[['a', 'fr-CA']]]]);
  });

  test('when a 304 changes Vary, it says nothing of earlier requests', () => {
    const french = stored([...both, ['Vary', 'A']], [['A', 'fr']]);
    const head = freshen(french, response([['Vary', 'A, B']], 304), [
      ['A', 'fr'],
      ['B', '1'],
    ]);
    expect([head.selecting, head.alsoSelectedBy]).toEqual([
      [
        ['a', 'fr'],
        ['b', '1'],
      ],
      [],
    ]);
  });
});

describe('what the answer to HEAD says (RFC 9111, section 4.3.5)', () => {
  test.each<[string, Fields, string]>([
    ['the same', [...both, ['Content-Length', '5']], 'freshen'],
    ['no validators', [], 'freshen'],
    ['another length', [...both, ['Content-Length', '6']], 'invalidate'],
    ['another tag', [['ETag', '"2"']], 'invalidate'],
    ['another date', [['Last-Modified', at(-1)]], 'invalidate'],
  ])('%s', (_name, fields, expected) => {
    expect(judgeHead(stored(both), response(fields))).toBe(expected);
  });
});
