import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { decodeWhoisQuery, formatWhoisAnswer, formatWhoisNoMatch, QUERY_OCTETS_MAX } from '../../src/protocol/whois.ts';

const octets = (text: string) => new TextEncoder().encode(text);

test.each([
  ['networkutopia.com\r\n', 'networkutopia.com'],
  ['networkutopia.com\n', 'networkutopia.com'],
  [' networkutopia.com \r\nmore', 'networkutopia.com'],
  ['\r\n', ''],
  ['networkutopia.com\r', null],
  ['', null],
])('%j holds the query %j (RFC 3912, section 2)', (text, query) => {
  expect(decodeWhoisQuery(octets(text))).toBe(query);
});

test.each([
  ['x'.repeat(QUERY_OCTETS_MAX + 1), 'more than'],
  [`${'x'.repeat(QUERY_OCTETS_MAX + 1)}\r\n`, 'more than'],
  ['한글.kr\r\n', 'no text'],
  ['a\0b\r\n', 'no text'],
  ['a\rb\r\n', 'no text'],
])('%j is a violation', (text, what) => {
  expect(() => decodeWhoisQuery(octets(text))).toThrow(what);
});

test('a line is the same line however it is cut into segments', () => {
  const whole = octets('networkutopia.com\r\n');
  for (let end = 0; end < whole.length; end += 1) expect(decodeWhoisQuery(whole.subarray(0, end))).toBeNull();
  expect(decodeWhoisQuery(whole)).toBe('networkutopia.com');
});

test('arbitrary octets are a query, the beginning of one, or a violation', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2 * QUERY_OCTETS_MAX }), (bytes) => {
      try {
        const query = decodeWhoisQuery(bytes);
        expect(query ?? '').toMatch(/^[ -~]*$/);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolViolation);
      }
    }),
  );
});

const registration = {
  ...({ name: 'networkutopia.com', status: 'active', registrant: 'Network Utopia' } as const),
  nameServers: [{ name: 'dns1.networkutopia.com', address: '10.53.3.1' }],
  ...{ createdAt: '2026-11-20T00:00:00.000Z', changedAt: '2026-11-20T00:00:00.000Z', pending: null },
};

test('the answer has the registration in lines that end in CR LF', () => {
  const text = formatWhoisAnswer(registration, 'registrar.topdown.org', null);
  expect(text).toContain('Name Server: dns1.networkutopia.com 10.53.3.1\r\n');
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  expect(formatWhoisNoMatch('a.com', 'registrar.topdown.org')).toMatch(/^No match for "a\.com"\.\r\n/);
});

test.each([
  ['pendingCreate', 'pendingCreate', 'the zone of com does not have the name yet'],
  ['active', 'ok', 'the zone of com leads to these name servers'],
  ['pendingUpdate', 'pendingUpdate', 'the zone of com still has the name servers of before'],
  ['pendingDelete', 'pendingDelete', 'the zone of com still has the name, which is given up'],
] as const)('the status %s has the word %s of EPP, and what it means for the zone', (status, epp, means) => {
  const text = formatWhoisAnswer({ ...registration, status }, 'registrar.topdown.org', 'It does not answer.');
  expect(text).toContain(`Domain Status: ${epp}\r\n`);
  expect(text).toContain(means);
  expect(text).toContain('\r\nIt does not answer.\r\n');
});
