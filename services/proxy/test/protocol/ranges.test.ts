import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fields } from '#shared/http/fields.ts';
import { answerStored, type StoredAnswer } from '../../src/protocol/answer-stored.ts';
import { chooseReuse } from '../../src/protocol/choose-reuse.ts';
import { contentRange } from '../../src/protocol/content-range.ts';
import { combine } from '../../src/protocol/partial.ts';
import type { StoredHead } from '../../src/protocol/stored-response.ts';
import { takesPlaceOf } from '../../src/protocol/vary.ts';
import { cc, NOW, request, stored, storedPart } from './sample-messages.ts';

const WHOLE = '0123456789';
const head = stored([...cc('max-age=9'), ['ETag', '"1"'], ['Content-Type', 'text/plain']], [], 'id', WHOLE.length);
const answer = (fields: Fields, of = head, method = 'GET') => answerStored(request(fields, method), of, NOW);
const range = (value: string): Fields => [['Range', value]];

/** The body as a client gets it, of stored octets. */
function bodyOf({ body }: StoredAnswer, octets = WHOLE): string {
  if (body === 'none') return '';
  if (body === 'whole') return octets;
  const text = new TextDecoder();
  return body
    .map((piece) => ('first' in piece ? octets.slice(piece.first, piece.last + 1) : text.decode(piece)))
    .join('');
}

describe('a part of a stored response (RFC 9110, section 14)', () => {
  test.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', WHOLE, 'bytes 0-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
  ])('%s', (value, octets, told) => {
    const given = answer(range(value));
    expect([given.status, bodyOf(given)]).toEqual([206, octets]);
    expect(given.fields).toContainEqual(['Content-Range', told]);
  });

  test('several parts come as multipart/byteranges, each with its type and place', () => {
    const given = answer(range('bytes=0-1,8-'));
    expect([given.status, bodyOf(given)]).toEqual([
      206,
      '\r\n--part-id\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01' +
        '\r\n--part-id\r\nContent-Type: text/plain\r\nContent-Range: bytes 8-9/10\r\n\r\n89\r\n--part-id--\r\n',
    ]);
    expect(given.fields).toContainEqual(['Content-Type', 'multipart/byteranges; boundary=part-id']);
    expect(given.fields.map(([name]) => name)).not.toContain('Content-Range');
  });

  test('a range behind the end is 416 with the length', () => {
    const given = answer(range('bytes=10-'));
    expect([given.status, bodyOf(given)]).toEqual([416, '']);
    expect(given.fields).toContainEqual(['Content-Range', 'bytes */10']);
  });

  test.each<[string, Fields]>([
    ['another unit', range('lines=0-3')],
    ['malformed', range('bytes=3-1')],
    ['overlapping', range('bytes=0-3,2-5')],
    ['If-Range with another tag', [...range('bytes=0-3'), ['If-Range', '"2"']]],
    ['If-Range with a weak tag', [...range('bytes=0-3'), ['If-Range', 'W/"1"']]],
  ])('%s: the whole', (_name, fields) => {
    expect([answer(fields).status, bodyOf(answer(fields))]).toEqual([200, WHOLE]);
  });

  test('If-Range with the strong tag holds; HEAD and errors have no ranges', () => {
    expect(answer([...range('bytes=0-3'), ['If-Range', '"1"']]).status).toBe(206);
    expect(answer(range('bytes=0-3'), head, 'HEAD').status).toBe(200);
    expect(answer(range('bytes=0-3'), { ...head, status: 404 }).status).toBe(404);
  });

  test('a condition comes before the range', () => {
    expect(answer([...range('bytes=0-3'), ['If-None-Match', '"1"']]).status).toBe(304);
  });

  test('of a stored part the places are counted from its beginning', () => {
    const part = storedPart('5-9/20');
    const given = answer(range('bytes=6-7'), part);
    expect([given.status, bodyOf(given, 'fghij')]).toEqual([206, 'gh']);
    expect(given.fields).toContainEqual(['Content-Range', 'bytes 6-7/20']);
  });
});

describe('combining parts (RFC 9111, section 3.4)', () => {
  const made = (newer: string, ...older: string[]) =>
    combine(
      storedPart(newer),
      older.map((range) => storedPart(range)),
    );

  test('a part that touches another one on the left', () => {
    expect(made('5-9/20', '2-4/20')).toMatchObject({
      head: { status: 206, octets: 8, part: { first: 2, complete: 20 } },
      before: { id: '2-4/20', range: { first: 0, last: 2 } },
      after: null,
    });
  });

  test('a part that overlaps others on both sides gives the new octets where there are two', () => {
    expect(made('5-9/20', '2-6/20', '8-15/20')).toMatchObject({
      head: { octets: 14, part: { first: 2, complete: 20 } },
      before: { id: '2-6/20', range: { first: 0, last: 2 } },
      after: { id: '8-15/20', range: { first: 2, last: 7 } },
    });
  });

  test('when all is there it is a 200', () => {
    expect(made('5-9/20', '0-4/20', '10-19/20')?.head).toMatchObject({ status: 200, octets: 20, part: null });
  });

  test('not with a gap, another version, a weak tag, no tag, or another length', () => {
    const newer = storedPart('5-9/20');
    expect(made('5-9/20', '0-3/20')).toBeNull();
    for (const fields of [[['ETag', '"2"']], [['ETag', 'W/"1"']], []] satisfies Fields[])
      expect(combine(newer, [storedPart('0-4/20', fields)])).toBeNull();
    expect(combine(storedPart('5-9/20', [['ETag', 'W/"1"']]), [storedPart('0-4/20', [['ETag', 'W/"1"']])])).toBeNull();
    expect(made('5-9/20', '0-4/21')).toBeNull();
  });

  test('the fields are those of the newer part where it has them', () => {
    const older = storedPart('0-4/20', [
      ['ETag', '"1"'],
      ['X', 'old'],
      ['Y', 'kept'],
      ['Age', '9'],
    ]);
    const newer = storedPart(
      '5-9/20',
      [
        ['ETag', '"1"'],
        ['X', 'new'],
      ],
      'new',
    );
    const fields = Object.fromEntries(combine(newer, [older])!.head.fields);
    expect(fields).toMatchObject({ X: 'new', Y: 'kept' });
    expect(fields).not.toHaveProperty('Age');
  });
});

test('whatever parts come, of however many versions, what is answered from the store is the newest version to the octet', () => {
  const complete = 40;
  const octetOf = (version: number, place: number) => version * 64 + place;
  const step = fc.record({
    version: fc.integer({ min: 1, max: 3 }),
    first: fc.integer({ min: 0, max: complete - 1 }),
    length: fc.integer({ min: 1, max: complete }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), step, (steps, asked) => {
      let kept: { head: StoredHead; octets: number[] }[] = [];
      for (const [turn, { version, first, length }] of steps.entries()) {
        const end = Math.min(first + length, complete);
        const part = storedPart(`${first}-${end - 1}/${complete}`, [['ETag', `"${version}"`]], `part ${turn}`);
        const own = Array.from({ length: end - first }, (_, at) => octetOf(version, first + at));
        const made = combine(
          { ...part, responseTimeMs: NOW + turn },
          kept.map(({ head }) => head),
        );
        const take = (from: { id: string; range: { first: number; last: number } } | null | undefined) =>
          from == null
            ? []
            : kept.find(({ head }) => head.id === from.id)!.octets.slice(from.range.first, from.range.last + 1);
        const head = made?.head ?? { ...part, responseTimeMs: NOW + turn };
        const octets = [...take(made?.before), ...own, ...take(made?.after)];
        expect(octets.length).toBe(head.octets);
        kept = [...kept.filter((other) => !takesPlaceOf(head, other.head)), { head, octets }];
      }
      const last = Math.min(asked.first + asked.length, complete) - 1;
      const wanted = request(range(`bytes=${asked.first}-${last}`));
      const choice = chooseReuse(
        wanted,
        kept.map(({ head }) => head),
        'freshness',
        NOW,
      );
      if (choice.kind !== 'reuse') return;
      const { octets } = kept.find(({ head }) => head === choice.head)!;
      const { body } = answerStored(wanted, choice.head, NOW);
      const [piece] = body as readonly { first: number; last: number }[];
      const given = octets.slice(piece!.first, piece!.last + 1);
      const newest = steps.at(-1)!.version;
      expect(given).toEqual(
        Array.from({ length: last - asked.first + 1 }, (_, at) => octetOf(newest, asked.first + at)),
      );
    }),
  );
});

test.each([
  ['bytes 0-4/10', { first: 0, last: 4, complete: 10 }],
  ['BYTES 4-4/5', { first: 4, last: 4, complete: 5 }],
  ['bytes 5-4/10', null],
  ['bytes 0-10/10', null],
  ['bytes 0-4/*', null],
  ['bytes */10', null],
  ['bytes 0 - 4/10', null],
  ['lines 0-4/10', null],
  ['bytes 0-99999999999999999/99999999999999999', null],
])('Content-Range: %s', (value, expected) => {
  expect(contentRange([['Content-Range', value]])).toEqual(expected);
  expect(
    contentRange([
      ['Content-Range', value],
      ['Content-Range', value],
    ]),
  ).toBeNull();
});
