import { expect, test } from 'vitest';
import { FileFault } from '#shared/file-fault.ts';
import { parseAccountList } from '../../src/protocol/account-list.ts';
import { parseAliasList } from '../../src/protocol/alias-list.ts';
import { destinationsOf, ownsAddress } from '../../src/protocol/mail-directory.ts';
import { parseMailboxAddress } from '../../src/protocol/mailbox-address.ts';
import { judgeRecipient, judgeSender } from '../../src/protocol/relay-policy.ts';

const DIRECTORY = {
  domains: ['crepes.fr', 'mail.crepes.fr'],
  accounts: parseAccountList('alice:{PLAIN}wonderland:::Alice Liddell\nclaire:{PLAIN}with:colon\n'),
  aliases: parseAliasList(
    'postmaster: claire\nteam: alice,\n  claire, bob@hamburger.edu # no comment\n'.replace(' # no comment', '') +
      'loop: pool\npool: loop, alice\ncopy: alice\nclaire: claire, claire@elsewhere.example\n',
  ),
};
const alice = { kind: 'maildrop', account: 'alice' } as const;

test('accounts are read with their full names', () => {
  expect(DIRECTORY.accounts.get('alice')).toEqual({ name: 'alice', password: 'wonderland', fullName: 'Alice Liddell' });
});

test.each([
  ['alice', 1, 'cannot be read'],
  ['# comment\n\nbob:secret', 3, 'bob:{PLAIN}password'],
  ['bob:{PLAIN}', 1, 'cannot be read'],
  ['Bob:{PLAIN}x', 1, 'no account name'],
  ['../x:{PLAIN}x', 1, 'no account name'],
  ['bob:{PLAIN}x\nbob:{PLAIN}y', 2, 'twice'],
])('the accounts %j are refused with their line and the remedy', (text, line, sentence) => {
  expect(() => parseAccountList(text)).toThrow(sentence);
  try {
    parseAccountList(text);
  } catch (error) {
    expect(error).toBeInstanceOf(FileFault);
    expect((error as FileFault).line).toBe(line);
  }
});

test.each([
  [' x: y'],
  ['x'],
  ['x: "|program"'],
  ['x: /var/mail/x'],
  ['x: :include:/x'],
  ['x: y\nx: z'],
  ['x: a b'],
  ['x:'],
])('the aliases %j are refused', (text) => {
  expect(() => parseAliasList(text)).toThrow(FileFault);
});

test('an alias leads to accounts and to addresses elsewhere; each is there once', () => {
  expect(destinationsOf('team', DIRECTORY)).toEqual([
    alice,
    { kind: 'maildrop', account: 'claire' },
    { kind: 'elsewhere', address: { localPart: 'claire', domain: 'elsewhere.example' } },
    { kind: 'elsewhere', address: { localPart: 'bob', domain: 'hamburger.edu' } },
  ]);
});

test('a quoted local part that looks like an address leads nowhere: no relaying by quotes', () => {
  expect(destinationsOf('bob@hamburger.edu', DIRECTORY)).toEqual([]);
  expect(destinationsOf('alice@crepes.fr', DIRECTORY)).toEqual([]);
  const verdict = judgeRecipient(RELAY, parseMailboxAddress('"bob@hamburger.edu"@crepes.fr'), DIRECTORY);
  expect(verdict).toMatchObject({ kind: 'refuse', reply: { code: 550, status: '5.1.1' } });
});

test('an alias may have letters beyond ASCII, in either of their two forms (RFC 6532, section 3.1)', () => {
  const directory = { ...DIRECTORY, aliases: parseAliasList('Ren\u00e9e: alice\n앨리스: alice\n') };
  for (const name of ['ren\u00e9e', 'REN\u00c9E', 'rene\u0301e', '앨리스', '앨리스'.normalize('NFD')]) {
    expect(destinationsOf(name, directory)).toEqual([alice]);
  }
  expect(ownsAddress('alice', parseMailboxAddress('앨리스@crepes.fr'), directory)).toBe(true);
});

test('aliases that lead in a circle end', () => {
  expect(destinationsOf('loop', DIRECTORY)).toEqual([alice]);
});

test('names are found in any case, and unknown ones not at all', () => {
  expect(destinationsOf('ALICE', DIRECTORY)).toEqual([alice]);
  expect(destinationsOf('nobody', DIRECTORY)).toEqual([]);
  expect(destinationsOf('constructor', DIRECTORY)).toEqual([]);
});

test.each([
  ['alice@crepes.fr', true],
  ['Alice@mail.crepes.fr', true],
  ['copy@crepes.fr', true],
  ['team@crepes.fr', false],
  ['claire@crepes.fr', false],
  ['alice@hamburger.edu', false],
])('whether alice may write as %s: %s', (address, may) => {
  expect(ownsAddress('alice', parseMailboxAddress(address), DIRECTORY)).toBe(may);
});

const RELAY = { kind: 'relay' } as const;
const STRANGER = { kind: 'submission', account: null } as const;
const ALICE = { kind: 'submission', account: 'alice' } as const;

test.each([
  [RELAY, 'alice@crepes.fr', 'accept'],
  [RELAY, 'nobody@crepes.fr', '550 5.1.1'],
  [RELAY, 'bob@hamburger.edu', '550 5.7.1'],
  [RELAY, null, 'accept'],
  [STRANGER, 'bob@hamburger.edu', '550 5.7.1'],
  [STRANGER, 'alice@crepes.fr', 'accept'],
  [ALICE, 'bob@hamburger.edu', 'accept'],
  [ALICE, 'nobody@crepes.fr', '550 5.1.1'],
  [ALICE, null, 'accept'],
])('%j for %s: %s', (door, address, expected) => {
  const verdict = judgeRecipient(door, address === null ? null : parseMailboxAddress(address), DIRECTORY);
  expect(verdict.kind === 'accept' ? 'accept' : `${verdict.reply.code} ${verdict.reply.status}`).toBe(expected);
  expect(verdict.because).not.toBe('');
});

test.each([
  [RELAY, 'anybody@anywhere.example', 'accept'],
  [RELAY, 'alice@crepes.fr', 'accept'],
  [STRANGER, 'alice@crepes.fr', '530 5.7.0'],
  [STRANGER, null, '530 5.7.0'],
  [ALICE, 'alice@crepes.fr', 'accept'],
  [ALICE, 'claire@crepes.fr', '553 5.7.1'],
  [ALICE, null, 'accept'],
])('%j from %s: %s', (door, address, expected) => {
  const verdict = judgeSender(door, address === null ? null : parseMailboxAddress(address), DIRECTORY);
  expect(verdict.kind === 'accept' ? 'accept' : `${verdict.reply.code} ${verdict.reply.status}`).toBe(expected);
});
