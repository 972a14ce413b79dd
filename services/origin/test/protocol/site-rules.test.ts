import { expect, test } from 'vitest';
import { FileFault } from '#shared/file-fault.ts';
import { fieldsFor, parseAliases, parseFieldRules, parseRedirects } from '../../src/protocol/site-rules.ts';

test('aliases are written like a hosts file', () => {
  expect([...parseAliases('# comment\nwww.a.com  a.com B.a.com\n')]).toEqual([
    ['a.com', 'www.a.com'],
    ['b.a.com', 'www.a.com'],
  ]);
});

test('a redirection is 301 when nothing else is said', () => {
  expect(parseRedirects('/a /b\n/c http://x/d 307\n')).toEqual([
    { from: '/a', to: '/b', status: 301 },
    { from: '/c', to: 'http://x/d', status: 307 },
  ]);
});

test('fields stand below the paths that they are for; the later rule wins', () => {
  const rules = parseFieldRules('/*\n  Cache-Control: no-cache\n/a/*.html\n  cache-control: max-age=10\n  X-A: b: c\n');
  expect(fieldsFor(rules, '/x')).toEqual([['Cache-Control', 'no-cache']]);
  expect(fieldsFor(rules, '/a/x.html')).toEqual([
    ['cache-control', 'max-age=10'],
    ['X-A', 'b: c'],
  ]);
  expect(fieldsFor(rules, '/a/x.css')).toEqual([['Cache-Control', 'no-cache']]);
});

test.each([
  [parseAliases, 'www.a.com', 1],
  [parseAliases, '\na b c/d', 2],
  [parseRedirects, '/a', 1],
  [parseRedirects, '/a /b 200', 1],
  [parseRedirects, '/a javascript:x', 1],
  [parseFieldRules, '  X: y', 1],
  [parseFieldRules, '/a\n  X y', 2],
  [parseFieldRules, '/a\n  Content-Length: 3', 2],
  [parseFieldRules, 'a\n', 1],
])('a faulty line is named by its number', (parse, text, line) => {
  const fault = (() => {
    try {
      parse(text);
    } catch (error) {
      return error;
    }
  })();
  expect(fault).toBeInstanceOf(FileFault);
  expect((fault as FileFault).line).toBe(line);
});
