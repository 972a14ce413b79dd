import { expect, test } from 'vitest';
import { formatCookieFile } from '../cookie-file.ts';
import {
  type CookieUrl,
  cookiesFor,
  defaultPath,
  domainMatches,
  type Jar,
  pathMatches,
  storeCookie,
} from '../cookie-jar.ts';

const NOW = 1_795_000_000_000;
const url = (host: string, path = '/', secure = false): CookieUrl => ({ host, path, secure });
const HERE = url('www.amazon.com', '/goods/lamp');

/** A jar in which these lines were stored one after the other, a second apart. */
function jarOf(lines: readonly string[], from = HERE): Jar {
  return lines.reduce<Jar>((jar, line, index) => storeCookie(jar, line, from, NOW + index * 1000).jar, []);
}
const sent = (jar: Jar, to: CookieUrl, now = NOW + 10_000) => cookiesFor(jar, to, now).map(([name]) => name);

test.each([
  ['www.amazon.com', 'www.amazon.com', true],
  ['www.amazon.com', 'amazon.com', true],
  ['amazon.com', 'www.amazon.com', false],
  ['notamazon.com', 'amazon.com', false],
  ['1.2.3.4', '3.4', false],
  ['1.2.3.4', '1.2.3.4', true],
])('host %s and domain %s: %s (RFC 6265, section 5.1.3)', (host, domain, matches) => {
  expect(domainMatches(host, domain)).toBe(matches);
});

test.each([
  ['/goods', '/goods', true],
  ['/goods/lamp', '/goods', true],
  ['/goods/lamp', '/goods/', true],
  ['/goodsandmore', '/goods', false],
  ['/goods', '/goods/', false],
  ['/', '/goods', false],
])('path %s and cookie path %s: %s (RFC 6265, section 5.1.4)', (path, cookiePath, matches) => {
  expect(pathMatches(path, cookiePath)).toBe(matches);
});

test.each([
  ['', '/'],
  ['x', '/'],
  ['/', '/'],
  ['/goods', '/'],
  ['/goods/lamp', '/goods'],
  ['/goods/', '/goods'],
])('the default path of %j is %s', (path, expected) => {
  expect(defaultPath(path)).toBe(expected);
});

test('a cookie without Domain goes to its host alone, one with Domain to the hosts below it too', () => {
  const jar = jarOf(['own=1; Path=/', 'shared=1; Path=/; Domain=amazon.com']);
  expect(sent(jar, HERE)).toEqual(['own', 'shared']);
  expect(sent(jar, url('static.amazon.com'))).toEqual(['shared']);
  expect(sent(jar, url('amazon.com'))).toEqual(['shared']);
  expect(sent(jar, url('www.someschool.edu'))).toEqual([]);
});

test.each([
  ['x=1; Domain=someschool.edu', HERE, /may not set a cookie for someschool.edu/],
  ['x=1; Domain=static.amazon.com', HERE, /may not set/],
  ['x=1; Domain=com', HERE, /public suffix/],
  ['x=1; Secure', HERE, /over TLS/],
  ['__Secure-x=1', url('a.test', '/', true), /__Secure-/],
  ['__Host-x=1; Secure', url('a.test', '/', true), /__Host-/],
  ['__Host-x=1; Secure; Path=/; Domain=a.test', url('a.test', '/', true), /__Host-/],
  ['__hOsT-x=1; Path=/', HERE, /__Host-/],
  ['nothing', HERE, /names no cookie/],
] as const)('%j is not stored', (line, from, because) => {
  const stored = storeCookie([], line, from, NOW);
  expect(stored).toMatchObject({ kind: 'ignored', jar: [] });
  expect(stored.because).toMatch(because);
});

test('a host that is a public suffix itself keeps its cookie to itself (RFC 6265, section 5.3, step 5)', () => {
  const { jar } = storeCookie([], 'x=1; Domain=localhost', url('localhost'), NOW);
  expect(jar).toMatchObject([{ domain: 'localhost', hostOnly: true }]);
});

test('a Secure cookie goes over TLS only, and a page without TLS does not take its place', () => {
  const { jar } = storeCookie([], 'x=good; Secure; Path=/', url('a.test', '/', true), NOW);
  expect(sent(jar, url('a.test'))).toEqual([]);
  expect(sent(jar, url('a.test', '/', true))).toEqual(['x']);
  expect(storeCookie(jar, 'x=planted; Path=/', url('a.test'), NOW)).toMatchObject({ kind: 'ignored', jar });
});

test('a cookie is replaced under the same name, domain and path, keeps its age, and ends when it should', () => {
  const jar = jarOf(['x=1; Path=/; Max-Age=60', 'y=1; Path=/', 'x=2; Path=/; Max-Age=60']);
  expect(cookiesFor(jar, HERE, NOW + 10_000)).toEqual([
    ['x', '2'],
    ['y', '1'],
  ]);
  expect(sent(jar, HERE, NOW + 62_000)).toEqual(['y']);
  expect(sent(storeCookie(jar, 'x=; Path=/; Max-Age=0', HERE, NOW + 3000).jar, HERE)).toEqual(['y']);
  expect(storeCookie(jar, 'y=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT', HERE, NOW).kind).toBe('removed');
});

test('Max-Age wins over Expires, and nothing lives longer than 400 days', () => {
  const [cookie] = jarOf(['x=1; Max-Age=5; Expires=Fri, 01 Jan 2100 00:00:00 GMT']);
  expect(cookie?.expiresMs).toBe(NOW + 5000);
  const [long] = jarOf(['x=1; Max-Age=99999999999']);
  expect(long?.expiresMs).toBe(NOW + 400 * 86_400_000);
});

test('longer paths come first, then older cookies (RFC 6265, section 5.4)', () => {
  expect(sent(jarOf(['a=1; Path=/', 'b=1; Path=/goods', 'c=1; Path=/']), HERE)).toEqual(['b', 'a', 'c']);
});

test('a host that sets hundreds of cookies keeps fifty, the latest', () => {
  const jar = jarOf(Array.from({ length: 300 }, (_, index) => `c${index}=1; Path=/`));
  expect(jar).toHaveLength(50);
  expect(jar.at(-1)?.name).toBe('c299');
});

test('the file has seven columns, as curl writes it', () => {
  const jar = jarOf(['a=1; Path=/; HttpOnly; Max-Age=60', 'b=2; Domain=amazon.com']);
  expect(formatCookieFile(jar)).toBe(
    `# Netscape HTTP Cookie File\n#HttpOnly_www.amazon.com\tFALSE\t/\tFALSE\t${NOW / 1000 + 60}\ta\t1\n.amazon.com\tTRUE\t/goods\tFALSE\t0\tb\t2\n`,
  );
});
