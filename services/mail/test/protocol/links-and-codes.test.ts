import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attributeOf, htmlText, scanHtml } from '../../src/protocol/html-scan.ts';
import { linksIn } from '../../src/protocol/message-links.ts';
import { codesIn } from '../../src/protocol/one-time-codes.ts';

test.each<[string, { subject?: string; text?: string }, string[]]>([
  ['after its word', { text: 'Your verification code is 482913.' }, ['482913']],
  ['before its word', { subject: '482913 is your sign-in code' }, ['482913']],
  ['in two groups', { text: 'Your code: 482 913' }, ['482913']],
  ['in two groups with a hyphen', { text: 'Your code: 482-913' }, ['482913']],
  ['with a prefix of letters', { text: 'G-482913 is your verification code' }, ['482913']],
  ['of letters and digits', { text: 'Use the one-time code 7F3K9Q today' }, ['7F3K9Q']],
  ['in two groups of letters and digits', { text: 'Your token is AB12-CD34' }, ['AB12-CD34']],
  ['in Korean', { text: '인증번호는 [4829] 입니다.' }, ['4829']],
  ['in Korean, with a particle behind it', { text: '인증번호 482913을 입력하세요' }, ['482913']],
  ['alone on its line', { text: 'Your code follows.\n\n   482913\n\nIt ends in 10 minutes.' }, ['482913']],
  ['set off by marks', { text: 'Enter this code:\n**482913**\n' }, ['482913']],
  [
    'alone, spoken of in the subject',
    { subject: 'Your PIN', text: 'Hello Alice,\n\nWelcome.\n\nThanks.\n\n4829' },
    ['4829'],
  ],
  ['the nearer one first', { text: 'Order 1234 has the code 9876' }, ['9876', '1234']],
  ['alone before near', { text: 'Your code for account 55512 is below\n482913' }, ['482913', '55512']],
  ['told twice', { subject: 'Your code 482913', text: 'Your code is 482913' }, ['482913']],
  ['that nothing speaks of', { text: 'See you at 12345 Main Street' }, []],
  ['that is in an address', { text: 'Verify: http://crepes.fr/verify?code=482913' }, []],
  ['that is in an address of mail', { text: 'code questions to 482913@crepes.fr' }, []],
  ['that is money', { text: 'The code saves you $4999 or 4999 won or €5000.00' }, []],
  ['that is a time', { text: 'The code ends at 12:30 on 2026-11-20 after 1440 minutes' }, []],
  ['that is the number of an order', { text: 'code for order #482913' }, []],
  ['that is part of a longer number', { text: 'code 123456789012' }, []],
  ['that is a word in capitals', { text: 'Your code is SECRET' }, []],
  ['far from its word', { text: `code ${'x '.repeat(60)} 482913` }, []],
  ['alone, but far below its word', { text: 'Your code is below\na\nb\nc\nd\n482913' }, []],
])('a code %s is found as the rule says', (_what, { subject = '', text = '' }, codes) => {
  expect(codesIn({ subject, text }).map(({ code }) => code)).toEqual(codes);
});

test('a code is told as it is typed and as it was written', () => {
  expect(codesIn({ subject: '', text: 'code 482 913' })).toEqual([{ code: '482913', written: '482 913' }]);
});

test('no text makes the search for codes throw, or find more than ten', () => {
  const words = fc.constantFrom('code ', '4829', '인증', '\n', 'AB12-', 'http://', '$', ' ', '-', 'G-', '482913', '@');
  fc.assert(
    fc.property(fc.array(words, { maxLength: 200 }), (pieces) => {
      expect(codesIn({ subject: '', text: pieces.join('') }).length).toBeLessThanOrEqual(10);
    }),
  );
});

test.each<[string, string, string[]]>([
  ['ends before the full stop', 'See http://crepes.fr/a.', ['http://crepes.fr/a']],
  ['keeps its own brackets', '(see http://crepes.fr/a_(b))', ['http://crepes.fr/a_(b)']],
  ['ends at Korean letters', 'http://crepes.fr/a를 보세요', ['http://crepes.fr/a']],
  ['ends at angle brackets', '<https://crepes.fr/?a=1&b=2>', ['https://crepes.fr/?a=1&b=2']],
  ['is told once', 'http://x.fr http://x.fr', ['http://x.fr']],
  ['of another scheme is none', 'javascript:alert(1) ftp://x.fr', []],
])('a link in plain text %s', (_what, text, urls) => {
  expect(linksIn({ text, html: '' }).map(({ url }) => url)).toEqual(urls);
});

test.each<[string, string, [string, string][]]>([
  [
    'with its text',
    '<p><a href="http://x.fr/?a=1&amp;b=2">Confirm <b>now</b></a></p>',
    [['http://x.fr/?a=1&b=2', 'Confirm now']],
  ],
  [
    'in single quotes or none',
    "<a class=x href='http://x.fr/1'>1</a><A HREF=http://x.fr/2>2</A>",
    [
      ['http://x.fr/1', '1'],
      ['http://x.fr/2', '2'],
    ],
  ],
  ['with > in another attribute', '<a title="a > b" href="http://x.fr">x</a>', [['http://x.fr', 'x']]],
  ['of a script', '<script>"<a href=http://x.fr>"</script>', []],
  ['in a comment', '<!-- <a href="http://x.fr">x</a> -->', []],
  ['that runs code', '<a href="javascript:alert(1)">x</a>', []],
  ['that is not ended', '<a href="http://x.fr">x', [['http://x.fr', 'x']]],
])('a link in HTML %s', (_what, html, links) => {
  expect(linksIn({ text: '', html }).map(({ url, text }) => [url, text])).toEqual(links);
});

test('a page is read as a person sees it', () => {
  const html =
    '<!doctype html><head><title>no</title><style>p{}</style></head><body><p>Your&nbsp;code</p><td>482&#57;13</td><br>1 < 2</body>';
  expect(htmlText(html)).toBe('Your code\n\n482913\n\n1 < 2');
});

test('attributes are found by their name and not inside of values', () => {
  expect(attributeOf(' title="href=no" href = "yes"', 'href')).toBe('yes');
  expect(attributeOf(' href', 'href')).toBe('');
  expect(attributeOf(' data-href="x"', 'href')).toBeNull();
});

test('any page is scanned to its end without an error, and nothing is shown twice (H)', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '<a href="',
    '"',
    "'",
    '<!--',
    '-->',
    '<script>',
    '</script>',
    '&#x',
    'x;',
    '</',
    '<p',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 100 }), (pieces) => {
      const html = pieces.join('');
      const shown = [...scanHtml(html)].reduce((sum, one) => sum + (one.kind === 'text' ? one.text.length : 0), 0);
      expect(shown).toBeLessThanOrEqual(html.length);
    }),
  );
});

test('a page of a million opened tags and quotes is scanned (H)', () => {
  expect(linksIn({ text: '', html: '<a href="'.repeat(200_000) })).toEqual([]);
  expect(htmlText('<'.repeat(1_000_000)).length).toBe(1_000_000);
});

test('what makes a search try again and again takes no longer than other text of its length (H)', () => {
  // Brackets that no address has opened, blanks before no line end, declarations that never end: each took minutes once.
  const brackets = `http://crepes.fr/a${')'.repeat(7_000)} `.repeat(1_000);
  expect(linksIn({ text: brackets, html: '' }).map(({ url }) => url)).toEqual(['http://crepes.fr/a']);
  expect(htmlText(`Your${'<b> '.repeat(1_000_000)}code`)).toMatch(/^Your {1000000}code$/);
  expect(htmlText(`Your code${'<!'.repeat(4_000_000)}`)).toBe('Your code');
});

test('a page is read on behind a declaration', () => {
  expect(htmlText('<!doctype html><p>a<?xml version="1.0"?>b<!-- c -->d')).toBe('abd');
});
