import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatMessageName, formatPlaces, parseMessageName, parsePlaces } from '../../src/protocol/message-name.ts';

const accounts = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/);
const numbers = fc.integer({ min: 1, max: 0xffffffff });

test('a name of a message is read as it was written, whatever the account is called', () => {
  fc.assert(
    fc.property(accounts, numbers, numbers, (account, uidValidity, uid) => {
      const name = { account, uidValidity, uid };
      expect(parseMessageName(formatMessageName(name))).toEqual(name);
    }),
  );
});

test.each([
  '',
  'alice',
  'alice.1',
  '.1.2',
  'alice.0.1',
  'alice.1.0',
  'alice.1.-1',
  'alice.01.2',
  'alice.1.99999999999',
])('"%s" is the name of no message', (text) => {
  expect(parseMessageName(text)).toBeNull();
});

test('a place is read as it was written, and goes into an address of the Web as it is', () => {
  const places = fc.uniqueArray(fc.tuple(accounts, numbers, fc.nat(0xffffffff)), { selector: ([name]) => name });
  fc.assert(
    fc.property(places, (given) => {
      const map = new Map(given.map(([account, validity, uid]) => [`${account}.${validity}`, uid]));
      const text = formatPlaces(map);
      expect(parsePlaces(text)).toEqual(map);
      expect(encodeURIComponent(text)).toBe(text);
    }),
  );
});

test.each(['yesterday', 'alice.1', 'alice.1.2~x', 'alice.1.2 '])('"%s" is no place', (text) => {
  expect(parsePlaces(text)).toBeNull();
});

test('any text is a place or none, and never an error', () => {
  fc.assert(fc.property(fc.string(), (text) => void parsePlaces(text)));
});
