import { expect, test } from 'vitest';
import type { Fields } from '#shared/http/fields.ts';
import { chooseReuse } from '../../src/protocol/choose-reuse.ts';
import { responseDirectives } from '../../src/protocol/directives.ts';
import { freshnessLifetime } from '../../src/protocol/freshness.ts';
import { at, cc, NOW, request, response, stored } from './sample-messages.ts';

const cdn = (value: string): Fields => [['CDN-Cache-Control', value]];

test.each<[string, Fields, number]>([
  ['alone', cdn('max-age=60'), 60],
  ['over a longer Cache-Control', [...cdn('max-age=1'), ...cc('max-age=3600')], 1],
  ['over a shorter one', [...cdn('max-age=60'), ...cc('max-age=1')], 60],
  ['over s-maxage', [...cdn('max-age=60'), ...cc('s-maxage=1')], 60],
  ['over Expires', [...cdn('max-age=60'), ['Expires', '0']], 60],
  ['without a lifetime, Expires still does not count', [...cdn('foo'), ['Expires', at(60)]], 0],
  ['s-maxage in it', cdn('max-age=60, s-maxage=5'), 5],
  ['an extension next to it', cdn('foobar, max-age=60;x=1'), 60],
  ['the last of two counts (RFC 9651)', cdn('max-age=1, max-age=60'), 60],
  ['two lines are one dictionary', [...cdn('max-age=60'), ...cdn('must-revalidate')], 60],
  ['a string of digits is no integer', [...cdn('max-age="60"'), ...cc('no-store')], 0],
  ['a decimal is none', cdn('max-age=60.5'), 0],
  ['a negative one', cdn('max-age=-60'), 0],
  ['more than fits', cdn('max-age=99999999999'), 2 ** 31],
  ['empty: Cache-Control counts', [...cdn(''), ...cc('max-age=7')], 7],
  ['malformed: Cache-Control counts', [...cdn('max-age=60, &&&'), ...cc('max-age=7')], 7],
  ['capitals are no key: Cache-Control counts', [...cdn('MaX-aGe=60'), ...cc('max-age=7')], 7],
  ['a blank before "=": Cache-Control counts', [...cdn('max-age =60'), ...cc('max-age=7')], 7],
])('CDN-Cache-Control has precedence (RFC 9213, section 2.2): %s', (_name, fields, seconds) => {
  expect(freshnessLifetime(response(fields)).seconds).toBe(seconds);
});

test('a member that is false is absent, and its other directives are obeyed', () => {
  expect([...responseDirectives(cdn('no-store=?0, max-age=9')).directives.keys()]).toEqual(['max-age']);
  const choose = (value: string, ageS: number) =>
    chooseReuse(request(), [stored([...cdn(value), ...cc('max-age=999')])], 'freshness', NOW + ageS * 1000);
  expect(choose('no-cache, max-age=9', 0).kind).toBe('validate');
  expect(choose('max-age=9, stale-while-revalidate=9', 10)).toMatchObject({ kind: 'reuse', revalidate: true });
});
