import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FileFault } from '#shared/file-fault.ts';
import { formatCents, itemsOf, parseCatalogue } from '../../../src/protocol/shop/catalogue.ts';
import { parseShopPath, returnPath, switchedLanguage } from '../../../src/protocol/shop/shop-path.ts';

const FOLDER = new URL('../../../../../infra/hosts/www-amazon/www/www.amazon.com/', import.meta.url);
const TEXTS = '\n  name.en: A\n  name.ko: 가\n  about.en: B\n  about.ko: 나\n';
const SMALL = `category a${TEXTS}\nitem a-b 1.05${TEXTS}`;

test('the catalogue of the lab is well formed, and each of its items has a picture', () => {
  const catalogue = parseCatalogue(readFileSync(new URL('.shop', FOLDER), 'utf8'));
  expect([...catalogue.categories.keys()]).toEqual(['books', 'kitchen', 'light', 'garden']);
  for (const { id } of catalogue.items.values())
    expect(readFileSync(new URL(`pictures/${id}.svg`, FOLDER), 'utf8'), id).toMatch(/^<svg xmlns=[\s\S]*<\/svg>\n$/);
});

test('an item belongs to the category above it, and costs what stands there', () => {
  const catalogue = parseCatalogue(SMALL);
  expect(itemsOf(catalogue, 'a')).toMatchObject([{ id: 'a-b', cents: 105, name: { en: 'A', ko: '가' } }]);
  expect(formatCents(105)).toBe('1.05');
  expect(parseCatalogue('').items.size).toBe(0);
});

test.each([
  ['item a 1.00', 1, /neither a category nor an item/],
  ['shelf a', 1, /neither/],
  ['category A', 1, /with an ID like/],
  ['category a b c', 1, /with an ID like/],
  ['category a\n  name.en: A', 1, /no name\.ko/],
  [`category a${TEXTS}item b 1.5${TEXTS}`, 6, /price like/],
  [`category a${TEXTS}item b 0.00${TEXTS}`, 6, /price like/],
  [`category a${TEXTS}category a${TEXTS}`, 6, /already/],
  [`category a${TEXTS}item b 1.00${TEXTS}item b 1.00${TEXTS}`, 11, /already/],
  ['  name.en: A', 1, /indented/],
  ['category a\n  nothing', 2, /indented/],
  [`category a\n  name.en: ${'x'.repeat(500)}`, 2, /longer than/],
  [Array.from({ length: 13 }, (_, index) => `category c${index}${TEXTS}`).join(''), 61, /at most/],
])('a faulty file is refused with its line: %j', (text, line, because) => {
  let thrown: unknown;
  try {
    parseCatalogue(text);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(FileFault);
  expect((thrown as FileFault).line).toBe(line);
  expect((thrown as FileFault).message).toMatch(because);
});

test.each([
  ['/', { kind: 'home' }],
  ['/?language=ko', { kind: 'home' }],
  ['/shelf/a', { kind: 'category', id: 'a' }],
  ['/goods/a-b', { kind: 'item', id: 'a-b' }],
  ['/lab/visitor.json', { kind: 'visitor-json' }],
])('%s is a page of the shop', (path, page) => {
  expect(parseShopPath(path, parseCatalogue(SMALL))?.page).toEqual(page);
});

test.each(['', '//', '/goods/', '/goods/none', '/goods/a-b/', '/Goods/a-b', '/goods/%61-b', '/shelf/__proto__', '/x'])(
  '%s is none: the documents answer',
  (path) => {
    expect(parseShopPath(path, parseCatalogue(SMALL))).toBeNull();
  },
);

test('the switch of languages takes the two that there are', () => {
  const asked = (path: string) => switchedLanguage(parseShopPath(path, parseCatalogue(SMALL))!);
  expect([asked('/?language=ko'), asked('/basket?x&language=en'), asked('/?language=fr'), asked('/')]).toEqual([
    ...['ko', 'en', undefined, undefined],
  ]);
});

test.each([
  ['/orders', '/orders'],
  ['/goods/a-b', '/goods/a-b'],
  ['/sign-out', '/'],
  ['/lab/forget', '/'],
  ['//evil.test', '/'],
  ['http://evil.test/', '/'],
  ['/orders?x', '/'],
  ['', '/'],
  [undefined, '/'],
])('after signing in %s leads to %s', (target, path) => {
  expect(returnPath(target, parseCatalogue(SMALL))).toBe(path);
});
