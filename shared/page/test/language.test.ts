import { expect, test } from 'vitest';
import { chooseLanguage } from '../language.ts';

test.each<[string | undefined, string | undefined, string, string]>([
  [undefined, undefined, 'en', 'nothing is said'],
  [undefined, 'ko-KR,ko;q=0.9,en;q=0.8', 'ko', 'the browser prefers Korean'],
  [undefined, 'en;q=0.8, ko;q=0.9', 'ko', 'the weight counts, not the order (RFC 9110, section 12.5.4)'],
  [undefined, 'fr, ko;q=0', 'en', 'weight 0 means: not this one'],
  [undefined, 'fr-FR, de', 'en', 'neither of ours'],
  [undefined, 'ko;q=much', 'en', 'a weight that is none'],
  ['theme=dark; language=ko', 'en', 'ko', 'the switch was used'],
  ['language=fr', 'ko', 'ko', 'a cookie that names no language of ours'],
])('cookie %j and Accept-Language %j give %j: %s', (cookie, acceptLanguage, expected) => {
  expect(chooseLanguage({ cookie, acceptLanguage })).toBe(expected);
});
