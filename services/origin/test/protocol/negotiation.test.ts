import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseCoding } from '../../src/protocol/choose-coding.ts';
import { chooseLanguage } from '../../src/protocol/choose-language.ts';
import { languageSuffix } from '../../src/protocol/media-type.ts';
import { isAgent } from '../../src/protocol/user-agent.ts';

test.each<[string | undefined, string]>([
  [undefined, 'en'],
  ['', 'en'],
  ['fr', 'fr'],
  ['FR', 'fr'],
  ['xx', 'en'],
  ['ko;q=0.5, fr;q=0.9', 'fr'],
  ['ko;q=0.9, fr;q=0.5', 'ko'],
  ['fr;q=0, ko;q=0.1', 'ko'],
  ['*', 'en'],
  ['*;q=0.5, ko', 'ko'],
  // The longest range that fits decides (RFC 4647, section 3.3.1), and "*" is for what no other range fits.
  ['en;q=0.1, *', 'fr'],
  ['en;q=0, *;q=0.5', 'fr'],
  // RFC 4647, section 3.4: a reader of Swiss French reads French rather than English.
  ['fr-CH', 'fr'],
  ['de, fr-CH;q=0.3', 'fr'],
  ['fr-CH, fr;q=0', 'en'],
  ['da, en-GB;q=0.8, en;q=0.7', 'en'],
])('of en, fr and ko, Accept-Language: %s gets %s', (value, language) => {
  expect(chooseLanguage(value, ['en', 'fr', 'ko']).language).toBe(language);
});

test.each<[string | undefined, string]>([
  [undefined, 'identity'],
  ['', 'identity'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['gzip, br', 'br'],
  ['gzip;q=1, br;q=0.9', 'gzip'],
  ['zstd, gzip', 'zstd'],
  ['deflate', 'identity'],
  ['identity, gzip;q=0.5', 'identity'],
  ['identity;q=0.5, gzip;q=0.5', 'gzip'],
  ['*', 'br'],
  ['br;q=0, *', 'zstd'],
  ['gzip;q=0', 'identity'],
  ['identity;q=0', 'not-acceptable'],
  ['*;q=0', 'not-acceptable'],
  ['gzip, *;q=0', 'gzip'],
  ['identity;q=0, gzip', 'gzip'],
])('Accept-Encoding: %s gets %s', (value, coding) => {
  const choice = chooseCoding(value, true);
  expect(choice.kind === 'coded' ? choice.coding : choice.kind).toBe(coding);
});

test('a document that cannot be coded is sent as it is, unless that is refused', () => {
  expect(chooseCoding('gzip', false).kind).toBe('identity');
  expect(chooseCoding('gzip, identity;q=0', false).kind).toBe('not-acceptable');
});

test('whatever the fields say there is a choice', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), (value) => {
      expect(['en', 'fr']).toContain(chooseLanguage(value, ['en', 'fr']).language);
      expect(['coded', 'identity', 'not-acceptable']).toContain(chooseCoding(value, true).kind);
      isAgent(value, ['curl']);
    }),
  );
});

test.each([
  ['curl/8.5.0', true],
  ['Wget/1.21', true],
  ['Mozilla/5.0 (X11; like curl/8) Gecko/1', false],
  ['Something (a (nested) curl comment) curl', true],
  ['curly/1', false],
  ['', false],
])('the products of "%s" have curl or Wget among them: %s', (value, expected) => {
  expect(isAgent(value, ['curl', 'wget'])).toBe(expected);
});

test('a name ends in a language only where the site has it and the rest says a type', () => {
  expect(languageSuffix('page.html.FR', ['en', 'fr'])).toBe('fr');
  expect(languageSuffix('page.html.de', ['en', 'fr'])).toBeNull();
  expect(languageSuffix('archive.fr', ['en', 'fr'])).toBeNull();
});
