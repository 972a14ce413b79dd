import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAuthority, parseRequestTarget } from '#shared/http/request-target.ts';
import { refuseAddress, refuseSpelling } from '../../src/protocol/destination.ts';
import { chooseSite, parseSites, type Sites } from '../../src/protocol/surrogate.ts';

const sites = parseSites(['shop.example=www.amazon.com:8080', 'news.example=cnn.com']) as Sites;

/** What becomes of a request with this target and this Host field. */
function choose(target: string, host: string | null, method = 'GET') {
  const parsed = parseRequestTarget(method, target);
  if (typeof parsed === 'string') throw new Error(parsed);
  const named = 'authority' in parsed ? parsed.authority : host === null ? null : parseAuthority(host);
  return chooseSite(sites, parsed, named);
}

describe('the sites of a surrogate', () => {
  test('are pairs of a host and its origin', () => {
    expect([...sites]).toEqual([
      ['shop.example', { host: 'www.amazon.com', port: 8080 }],
      ['news.example', { host: 'cnn.com', port: null }],
    ]);
  });

  test.each(['shop.example', 'shop.example=', '=a', 'a=b=c', 'a:80=b', 'a b', 'a=b:99999', 'a=u@b'])(
    '"%s" is none',
    (word) => {
      expect(typeof parseSites([word])).toBe('string');
    },
  );

  test('a host has one origin', () => {
    expect(parseSites(['a=b', 'A.=c'])).toBe('a is there twice');
  });
});

describe('a surrogate serves its sites and nothing else', () => {
  test.each([
    ['/h?x', 'shop.example', 'www.amazon.com', '/h?x'],
    ['/h', 'SHOP.example.:3128', 'www.amazon.com', '/h'],
    ['http://news.example/h', 'evil.test', 'cnn.com', '/h'],
  ])('%s for %s', (target, host, origin, path) => {
    expect(choose(target, host)).toMatchObject({ kind: 'site', origin: { host: origin }, path });
  });

  test.each([
    ['/h', 'www.amazon.com', 421],
    ['/h', null, 421],
    ['/h', '169.254.169.254', 421],
    ['http://169.254.169.254/', 'shop.example', 421],
    ['http://www.amazon.com/', 'shop.example', 421],
    ['https://shop.example/', 'shop.example', 421],
  ])('%s for %s is refused', (target, host, status) => {
    expect(choose(target, host)).toMatchObject({ kind: 'refuse', status });
  });

  test('18 CONNECT is refused', () => {
    expect(choose('shop.example:443', 'shop.example', 'CONNECT')).toMatchObject({ kind: 'refuse', status: 405 });
  });
});

describe('19 an address has one spelling', () => {
  test.each([
    ...['127.1', '127.0.1', '0x7f.0.0.1', '0x7f000001', '2130706433', '0177.0.0.1', '127.0.0.01', '127.0.0.1.1'],
    ...[
      '1.2.3',
      '256.1.1.1',
      '1.2.3.4.',
      '0',
      '0x',
      'a.b.0x7f',
      'evil.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[127.0.0.1]',
    ],
  ])('%s is none', (host) => {
    expect(refuseSpelling(host)).not.toBeNull();
  });

  test.each(['127.0.0.1', '10.53.1.1', 'a.test', 'localhost', '1and1.com', '10.53.1.1.nip.io', 'x0x7f'])(
    '%s is judged by what it leads to',
    (host) => {
      expect(refuseSpelling(host)).toBeNull();
    },
  );

  test('only addresses of the lab are connected to, in that spelling', () => {
    const surroundings = { net: '10.53', ownAddress: '10.53.11.1' };
    const quad = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }).map((octets) => octets.join('.'));
    fc.assert(
      fc.property(
        fc.oneof(
          quad,
          quad.map((text) => `10.53.${text.split('.', 2).join('.')}`),
          fc.string(),
        ),
        (text) => {
          const allowed = refuseAddress(text, surroundings) === null;
          const inLab = /^10\.53\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/.test(text);
          expect(allowed).toBe(
            inLab &&
              text.split('.').every((octet) => Number(octet) < 256) &&
              !['10.53.11.1', '10.53.0.1'].includes(text),
          );
        },
      ),
    );
  });
});
