import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatHttpDate, parseHttpDate } from '../http-date.ts';

const NOW = Date.UTC(2026, 10, 20);
const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37);

describe('HTTP-date (RFC 9110, section 5.6.7)', () => {
  test.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
    'the example %s is read in each of the three forms',
    (text) => expect(parseHttpDate(text, NOW)).toBe(EXAMPLE),
  );

  test('only the preferred form is written', () => {
    expect(formatHttpDate(EXAMPLE + 999)).toBe('Sun, 06 Nov 1994 08:49:37 GMT');
  });

  test('a two-digit year more than 50 years ahead is of the past century', () => {
    expect(parseHttpDate('Sunday, 06-Nov-77 08:49:37 GMT', NOW)).toBe(Date.UTC(1977, 10, 6, 8, 49, 37));
    expect(parseHttpDate('Sunday, 06-Nov-76 08:49:37 GMT', NOW)).toBe(Date.UTC(2076, 10, 6, 8, 49, 37));
  });

  test.each([
    '',
    '0',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    '1700000000',
  ])('"%s" is no date', (text) => expect(parseHttpDate(text, NOW)).toBeNull());

  test('what is written is what the platform writes, and is read back to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: -2_000_000_000, max: 250_000_000_000 }), (second) => {
        const text = formatHttpDate(second * 1000);
        expect(text).toBe(new Date(second * 1000).toUTCString());
        expect(parseHttpDate(text, NOW)).toBe(second * 1000);
      }),
    );
  });

  test('any text is read or refused, never an exception', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect([null, 'number']).toContain(parseHttpDate(text, NOW) === null ? null : 'number');
      }),
    );
  });
});
