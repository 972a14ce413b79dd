import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { formatCacheStatus } from '../../src/protocol/cache-status.ts';
import { refuseAddress, refusePort } from '../../src/protocol/destination.ts';
import { addVia, countForwards, forwardedFields, isLoop, requestToOrigin } from '../../src/protocol/forwarding.ts';
import { formatProxyPac } from '../../src/protocol/proxy-pac.ts';

test('Connection takes away what it names, but never the host or the framing (RFC 9110, section 7.6.1)', () => {
  const fields = [
    ['Connection', 'Host, Content-Length, X-Sec'],
    ['Host', 'a'],
    ['Content-Length', '3'],
    ['X-Sec', '1'],
    ['Keep-Alive', 'x'],
    ['TE', 'trailers'],
    ['X', '1'],
  ] as const;
  expect(forwardedFields(fields).map(([name]) => name)).toEqual(['Host', 'Content-Length', 'X']);
});

test('toward the origin: Host of the target, Via, no override that is in no key', () => {
  const fields = [
    ['Host', 'evil.test'],
    ['X-Forwarded-Host', 'evil'],
    ['X-Original-URL', '/admin'],
    ['X-HTTP-Method-Override', 'DELETE'],
    ['Via', '1.0 fred'],
    ['Accept', '*/*'],
  ] as const;
  expect(requestToOrigin(fields, { host: 'lab.test', port: 8080 }, '1.1', 'proxy')).toEqual([
    ['Host', 'lab.test:8080'],
    ['Via', '1.0 fred, 1.1 proxy'],
    ['Accept', '*/*'],
  ]);
});

test('a request that has been here is a loop (RFC 9110, section 7.6.3)', () => {
  expect(isLoop(addVia([], '1.1', 'proxy'), 'proxy')).toBe(true);
  expect(isLoop([['Via', '1.0 fred, 1.1 Proxy (x)']], 'proxy')).toBe(true);
  expect(isLoop([['Via', '1.0 proxy2']], 'proxy')).toBe(false);
});

test('Max-Forwards counts down for OPTIONS (RFC 9110, section 7.6.2)', () => {
  expect(countForwards('OPTIONS', [['Max-Forwards', '0']]).kind).toBe('answer');
  expect(countForwards('OPTIONS', [['Max-Forwards', '2']])).toEqual({
    kind: 'forward',
    fields: [['Max-Forwards', '1']],
  });
  expect(countForwards('GET', [['Max-Forwards', '0']]).kind).toBe('forward');
});

describe('where the proxy may connect to', () => {
  const lab = { net: '10.53', ownAddress: '10.53.11.1' };
  test.each([
    '169.254.169.254',
    '127.0.0.1',
    '10.53.11.1',
    '10.53.0.1',
    '10.530.1.1',
    '10.53.1',
    '10.53.1.1.1',
    '10.53.0x1.1',
    '10.53.01.1',
    '::1',
    '',
  ])('not to %s', (address) => expect(refuseAddress(address, lab)).not.toBeNull());
  test('to the hosts of the lab, on listed ports', () => {
    expect(refuseAddress('10.53.10.1', lab)).toBeNull();
    expect(refusePort(80, [80, 443])).toBeNull();
    expect(refusePort(22, [80, 443])).toContain('port 22');
  });
});

test('Cache-Status is a structured field (RFC 9211)', () => {
  expect(formatCacheStatus('proxy', { hit: true, ttlS: 9, because: 'it says "x"' })).toBe(
    'proxy; hit; ttl=9; detail="it says \\"x\\""',
  );
  expect(
    formatCacheStatus('proxy', {
      hit: false,
      forward: 'stale',
      forwardStatus: 304,
      stored: true,
      collapsed: true,
      because: 'é',
    }),
  ).toBe('proxy; fwd=stale; fwd-status=304; stored; collapsed; detail="?"');
});

describe('the auto-configuration file', () => {
  const find = (pac: string, host: string) => runInNewContext(`${pac};FindProxyForURL("http://${host}/", "${host}")`);
  test("sends the lab's names and addresses to the proxy and leaves the others alone", () => {
    const pac = formatProxyPac('127.0.0.1:3128', 'x', ['test.com'], '10.53');
    expect(['test.com', 'WWW.Test.com.', '10.53.10.1'].map((host) => find(pac, host))).toEqual(
      Array(3).fill('PROXY 127.0.0.1:3128'),
    );
    expect(['nottest.com', 'test.com.org', '10.54.0.1', '10.53.evil.org'].map((host) => find(pac, host))).toEqual(
      Array(4).fill('DIRECT'),
    );
    expect(find(formatProxyPac('p:1', 'x', ['*'], '10.53'), 'any.org')).toBe('PROXY p:1');
  });
  test('repeats no Host field that could say more', () => {
    expect(find(formatProxyPac('a";evil()//', '10.53.11.1:3128', ['a.b'], '10.53'), 'a.b')).toBe(
      'PROXY 10.53.11.1:3128',
    );
    expect(find(formatProxyPac('a;PROXY b', '10.53.11.1:3128', ['a.b'], '10.53'), 'a.b')).toBe('PROXY 10.53.11.1:3128');
  });
});
