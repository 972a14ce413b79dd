import { describe, expect, test } from 'vitest';
import type { Fields } from '#shared/http/fields.ts';
import { chooseReuse } from '../../src/protocol/choose-reuse.ts';
import { at, cc, NOW, request, stored, storedPart } from './sample-messages.ts';

const choose = (asked: Fields, told: Fields, ageS: number, mode: 'freshness' | 'always-revalidate' = 'freshness') =>
  chooseReuse(request(asked), [stored(told)], mode, NOW + ageS * 1000);

describe('may a stored response be reused (RFC 9111, section 4)', () => {
  test.each<[string, Fields, Fields, number, string]>([
    ['fresh', [], cc('max-age=10'), 9, 'reuse'],
    ['just stale', [], cc('max-age=10'), 10, 'validate stale'],
    ['no-cache in the response', [], cc('no-cache, max-age=10'), 0, 'validate stale'],
    ['No-Cache in capitals', [], cc('max-age=10, No-CaChE'), 0, 'validate stale'],
    ['no-cache limited to a field', [], cc('no-cache="X", max-age=10'), 0, 'reuse'],
    ['no-cache="" limits nothing', [], cc('no-cache="", max-age=10'), 0, 'validate stale'],
    ['no-cache in the request', cc('no-cache'), cc('max-age=10'), 0, 'validate request'],
    ['Pragma in the request', [['Pragma', 'no-cache']], cc('max-age=10'), 0, 'validate request'],
    ['Pragma next to Cache-Control', [['Pragma', 'no-cache'], ...cc('max-age=9')], cc('max-age=10'), 0, 'reuse'],
    ['Pragma in the response', [], [['Pragma', 'no-cache'], ...cc('max-age=10')], 0, 'reuse'],
    ['no-store in the request', cc('no-store'), cc('max-age=10'), 0, 'forward request'],
    ['max-age of the request reached', cc('max-age=5'), cc('max-age=10'), 5, 'reuse'],
    ['max-age of the request passed', cc('max-age=5'), cc('max-age=10'), 6, 'validate request'],
    ['max-age of the request invalid', cc('max-age=x'), cc('max-age=10'), 0, 'validate request'],
    ['min-fresh held', cc('min-fresh=5'), cc('max-age=10'), 5, 'reuse'],
    ['min-fresh not held', cc('min-fresh=5'), cc('max-age=10'), 6, 'validate request'],
    ['max-stale without limit', cc('max-stale'), cc('max-age=10'), 999, 'reuse'],
    ['max-stale within', cc('max-stale=5'), cc('max-age=10'), 15, 'reuse'],
    ['max-stale passed', cc('max-stale=5'), cc('max-age=10'), 16, 'validate stale'],
    ['max-stale invalid', cc('max-stale=x'), cc('max-age=10'), 11, 'validate stale'],
    ['max-stale against must-revalidate', cc('max-stale'), cc('max-age=10, must-revalidate'), 11, 'validate stale'],
    ['max-stale against proxy-revalidate', cc('max-stale'), cc('max-age=10, proxy-revalidate'), 11, 'validate stale'],
    ['max-stale against s-maxage', cc('max-stale'), cc('s-maxage=10'), 11, 'validate stale'],
    ['max-stale against no-cache', cc('max-stale'), cc('no-cache, max-age=10'), 0, 'validate stale'],
    ['max-stale next to max-age', cc('max-stale, max-age=5'), cc('max-age=10'), 11, 'validate request'],
    ['max-stale and a cookie', cc('max-stale'), [...cc('max-age=10'), ['Set-Cookie', 'a=1']], 11, 'validate stale'],
    ['only-if-cached, fresh', cc('only-if-cached'), cc('max-age=10'), 0, 'reuse'],
    ['only-if-cached, stale', cc('only-if-cached'), cc('max-age=10'), 10, 'only-if-cached'],
    ['only-if-cached, stale, max-stale', cc('only-if-cached, max-stale'), cc('max-age=10'), 10, 'reuse'],
    ['If-Match', [['If-Match', '"1"']], cc('max-age=10'), 0, 'forward bypass'],
    ['If-Unmodified-Since', [['If-Unmodified-Since', at(0)]], cc('max-age=10'), 0, 'forward bypass'],
    ['immutable and a reload', cc('max-age=0'), cc('max-age=10, immutable'), 5, 'reuse'],
    ['immutable and no-cache', cc('no-cache'), cc('max-age=10, immutable'), 5, 'validate request'],
    ['immutable and stale', cc('max-age=0'), cc('max-age=10, immutable'), 10, 'validate request'],
    ['while it is revalidated', [], cc('max-age=10, stale-while-revalidate=5'), 14, 'reuse and revalidate'],
    ['too late for that', [], cc('max-age=10, stale-while-revalidate=5'), 15, 'validate stale'],
    [
      'revalidation with must-revalidate',
      [],
      cc('max-age=9, must-revalidate, stale-while-revalidate=5'),
      10,
      'validate stale',
    ],
    ['revalidation with s-maxage', [], cc('s-maxage=9, stale-while-revalidate=5'), 10, 'validate stale'],
    ['an invalid window is none', [], cc('max-age=9, stale-while-revalidate=x'), 10, 'validate stale'],
  ])('%s', (_name, asked, told, ageS, expected) => {
    const choice = choose(asked, told, ageS);
    const reason = choice.kind === 'forward' || choice.kind === 'validate' ? ` ${choice.reason}` : '';
    const behind = choice.kind === 'reuse' && choice.revalidate ? ' and revalidate' : '';
    expect(choice.kind + reason + behind, choice.because).toBe(expected);
  });

  test('ERR-15 both ways to use a copy: fresh hits without asking (RFC 9111), or asking the origin each time (the notes)', () => {
    expect(choose([], cc('max-age=10'), 0, 'freshness').kind).toBe('reuse');
    expect(choose([], cc('max-age=10'), 0, 'always-revalidate').kind).toBe('validate');
  });

  test('other methods and bodies go to the origin; nothing stored is a miss', () => {
    const head = [stored(cc('max-age=10'))];
    const by = (method: string, hasBody = false) => chooseReuse(request([], method, hasBody), head, 'freshness', NOW);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'BREW'])
      expect(by(method)).toMatchObject({ kind: 'forward', reason: 'method' });
    expect(by('GET', true)).toMatchObject({ kind: 'forward', reason: 'bypass' });
    expect(by('HEAD').kind).toBe('reuse');
    expect(chooseReuse(request(), [], 'freshness', NOW)).toMatchObject({ kind: 'forward', reason: 'uri-miss' });
  });
});

describe('may a stored part be reused (RFC 9111, section 3.3)', () => {
  const part = storedPart('5-9/20');
  const choose = (fields: Fields, method = 'GET') => chooseReuse(request(fields, method), [part], 'freshness', NOW);
  const range = (value: string): Fields => [['Range', value]];

  test.each([
    ['the same', 'bytes=5-9'],
    ['within it', 'bytes=6-7'],
    ['two within it', 'bytes=5-6,8-9'],
    ['out of the representation, which it knows', 'bytes=20-'],
  ])('%s: yes', (_name, value) => {
    expect(choose(range(value)).kind).toBe('reuse');
  });

  test.each([
    ['before it', 'bytes=0-4'],
    ['over its end', 'bytes=9-10'],
    ['to the end of the representation', 'bytes=5-'],
    ['the last octets', 'bytes=-5'],
    ['a malformed range', 'bytes=x'],
  ])('%s: no', (_name, value) => {
    expect(choose(range(value))).toMatchObject({ kind: 'forward', reason: 'partial' });
  });

  test('not for the whole, not for HEAD, and not when If-Range names another version', () => {
    expect(choose([])).toMatchObject({ kind: 'forward', reason: 'partial' });
    expect(choose(range('bytes=5-9'), 'HEAD')).toMatchObject({ kind: 'forward', reason: 'partial' });
    expect(choose([...range('bytes=5-9'), ['If-Range', '"2"']])).toMatchObject({ kind: 'forward' });
    expect(choose([...range('bytes=5-9'), ['If-Range', '"1"']]).kind).toBe('reuse');
  });
});
