import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { parseAddressList, readAddressField } from '../../src/protocol/address-field.ts';
import { formatMailboxAddress, parseMailboxAddress } from '../../src/protocol/mailbox-address.ts';

test.each([
  ['alice@crepes.fr', { localPart: 'alice', domain: 'crepes.fr' }],
  ['Alice@CREPES.FR', { localPart: 'Alice', domain: 'crepes.fr' }],
  ["o'hara+tag@crepes.fr", { localPart: "o'hara+tag", domain: 'crepes.fr' }],
  ['x@[127.0.0.1]', { localPart: 'x', domain: '[127.0.0.1]' }],
  ['x@[255.10.020.0]', { localPart: 'x', domain: '[255.10.020.0]' }],
  ['안녕@crepes.fr', { localPart: '안녕', domain: 'crepes.fr' }],
  ['"a b"@crepes.fr', { localPart: 'a b', domain: 'crepes.fr' }],
  ['"x@other.example"@crepes.fr', { localPart: 'x@other.example', domain: 'crepes.fr' }],
  ['"a\\"\\\\b"@crepes.fr', { localPart: 'a"\\b', domain: 'crepes.fr' }],
])('the address %s is read (RFC 5321, section 4.1.2)', (text, address) => {
  expect(parseMailboxAddress(text)).toEqual(address);
});

test.each([
  '',
  '@',
  'alice',
  '@crepes.fr',
  'alice@',
  '.a@crepes.fr',
  'a.@crepes.fr',
  'a..b@crepes.fr',
  'a b@crepes.fr',
  'a@b@crepes.fr',
  'a@-b.fr',
  'a@b_c.fr',
  'a@crepes.fr.',
  'a\r\n@crepes.fr',
  'a\u0000@crepes.fr',
  'a\ufffd@crepes.fr',
  `${'l'.repeat(65)}@crepes.fr`,
  `a@${'d'.repeat(64)}.fr`,
  'a@[1.2.3]',
  'a@[256.0.0.1]',
  'a@[999.1.1.1]',
  '""@crepes.fr',
  '"a<b>"@crepes.fr',
  '"a@crepes.fr',
  'a"b"@crepes.fr',
  '"a"b"@crepes.fr',
  '"a\\"@crepes.fr',
  '"a\r\n"@crepes.fr',
  `"${'l'.repeat(63)}"@crepes.fr`,
])('%j is no address', (text) => {
  expect(() => parseMailboxAddress(text)).toThrow(ProtocolViolation);
});

test('quotes that a name does not need are left out (RFC 5321, section 4.1.2)', () => {
  expect(formatMailboxAddress(parseMailboxAddress('"alice"@crepes.fr'))).toBe('alice@crepes.fr');
  expect(formatMailboxAddress(parseMailboxAddress('"\\a b"@crepes.fr'))).toBe('"a b"@crepes.fr');
});

test('what is read as an address is written so that it is read as the same', () => {
  const local = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('"', '\\', ' ', 'a', '.', '@') }),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        local,
        local.map((text) => `"${text}"@crepes.fr`),
      ),
      (text) => {
        try {
          const address = parseMailboxAddress(text);
          expect(parseMailboxAddress(formatMailboxAddress(address))).toEqual(address);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolViolation);
        }
      },
    ),
  );
});

test('a header field of addresses is read with its names', () => {
  expect(
    readAddressField('Bob <bob@hamburger.edu>, "Doe, Jane" <jane@x.example>; dave@hamburger.edu, nonsense'),
  ).toEqual([
    { name: 'Bob', address: 'bob@hamburger.edu' },
    { name: 'Doe, Jane', address: 'jane@x.example' },
    { name: '', address: 'dave@hamburger.edu' },
  ]);
});

test('a typed list says what of it is no address', () => {
  expect(parseAddressList('bob@hamburger.edu, nonsense').unreadable).toEqual(['nonsense']);
  expect(parseAddressList(' ').addresses).toEqual([]);
});
