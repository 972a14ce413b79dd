import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkName, checkParticulars } from '../../src/protocol/application.ts';

const terms = { net: '127.53', tlds: ['com', 'kr'] };
const primary = { name: 'dns1.networkutopia.com', address: '127.53.3.1' };
const secondary = { name: 'dns2.networkutopia.com', address: '127.53.3.2' };

test.each([
  ['networkutopia.com', 'networkutopia.com'],
  [' NetworkUtopia.COM. ', 'networkutopia.com'],
])('the name %j is %s', (input, name) => {
  expect(checkName(input, terms)).toEqual({ value: name });
});

test.each([
  [undefined, 'nameMissing'],
  [7, 'nameMissing'],
  ['', 'nameMissing'],
  ['a_b.com', 'nameSyntax'],
  ['com', 'nameLevel'],
  ['www.networkutopia.com', 'nameLevel'],
  ['networkutopia.org', 'tldNotSold'],
  ['networkutopia', 'tldNotSold'],
])('the name %j is refused: %s', (input, code) => {
  expect(checkName(input, terms)).toMatchObject({ faults: [{ field: 'name', code }] });
});

test('two name servers are taken; an address as it is written in files is that of this lab', () => {
  const written = { name: 'DNS1.networkutopia.com.', address: '10.53.3.1' };
  expect(checkParticulars({ nameServers: [written, secondary] }, terms)).toEqual({
    value: { registrant: '', nameServers: [primary, secondary] },
  });
});

test.each<[string, unknown, string, string]>([
  ['no name servers', undefined, 'nameServers', 'tooFewServers'],
  ['no list', { 0: primary, 1: secondary }, 'nameServers', 'tooFewServers'],
  ['no secondary', [primary], 'nameServers', 'tooFewServers'],
  ['too many', Array.from({ length: 14 }, () => primary), 'nameServers', 'tooManyServers'],
  ['a secondary without an address', [primary, { name: 'dns2.a.com' }], 'nameServers.1', 'serverAddress'],
  ['a secondary without a name', [primary, { address: '127.53.3.2' }], 'nameServers.1', 'serverSyntax'],
  ['an address outside of the lab', [primary, { ...secondary, address: '8.8.8.8' }], 'nameServers.1', 'serverAddress'],
  ['an address that is none', [primary, { ...secondary, address: '127.53.3' }], 'nameServers.1', 'serverAddress'],
  ['the broadcast address', [primary, { ...secondary, address: '127.53.255.255' }], 'nameServers.1', 'serverAddress'],
  ['the same name twice', [primary, { ...secondary, name: primary.name }], 'nameServers.1', 'serverTwice'],
  ['the same address twice', [primary, { ...secondary, address: '10.53.3.1' }], 'nameServers.1', 'serverTwice'],
])('%s is refused', (_what, nameServers, field, code) => {
  expect(checkParticulars({ nameServers }, terms)).toMatchObject({ faults: [{ field, code }] });
});

test.each([['two\r\nlines'], ['x'.repeat(201)], [{ name: 'Kim' }]])('the registrant %j is refused', (registrant) => {
  expect(checkParticulars({ registrant, nameServers: [primary, secondary] }, terms)).toMatchObject({
    faults: [{ field: 'registrant', code: 'registrantStrange' }],
  });
});

test('all faults are told at once', () => {
  const checked = checkParticulars({ registrant: 7, nameServers: [{}, {}] }, terms);
  expect('faults' in checked && checked.faults.map(({ field, code }) => `${field} ${code}`)).toEqual([
    'registrant registrantStrange',
    'nameServers.0 serverSyntax',
    'nameServers.0 serverAddress',
    'nameServers.1 serverSyntax',
    'nameServers.1 serverAddress',
  ]);
});

test('whatever is sent is checked, never thrown at', () => {
  fc.assert(
    fc.property(fc.anything(), (input) => {
      expect(Object.keys(checkName(input, terms))).toHaveLength(1);
      expect(Object.keys(checkParticulars(input, terms))).toHaveLength(1);
    }),
  );
});
