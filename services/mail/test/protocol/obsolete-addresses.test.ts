import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readAddressField } from '../../src/protocol/address-field.ts';
import { parseAddressStructures } from '../../src/protocol/imap/address-structure.ts';

/** `name|route|mailbox|host`; a `-` is NIL. */
function written(value: string): string[] {
  return parseAddressStructures(value).map(({ name, adl, mailbox, host }) =>
    [name, adl, mailbox, host].map((part) => part ?? '-').join('|'),
  );
}

// RFC 5322, appendix A.6.1, and what else section 4.4 allows.
test.each([
  ['Joe Q. Public <john.q.public@example.com>', ['Joe Q. Public|-|john.q.public|example.com']],
  [
    'Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example',
    ['Mary Smith|@node.test|mary|example.net', '-|-|jdoe|test.example'],
  ],
  ['jdoe@test (one) . (two) example', ['two|-|jdoe|test.example']],
  ['john . doe@x.example', ['-|-|john.doe|x.example']],
  ['john. doe@x.example', ['-|-|john.doe|x.example']],
  ['john .doe @ x . example', ['-|-|john.doe|x.example']],
  ['"john" . "q doe" . smith@x.example', ['-|-|john.q doe.smith|x.example']],
  ['J <john . doe @ x . example>', ['J|-|john.doe|x.example']],
  ['Mary <@a.test , , @b . test : mary@example.net>', ['Mary|@a.test,@b.test|mary|example.net']],
  [',, a@b.example,\r\n ,c@d.example,', ['-|-|a|b.example', '-|-|c|d.example']],
  ['g: , a@b.example, , c@d.example;', ['-|-|g|-', '-|-|a|b.example', '-|-|c|d.example', '-|-|-|-']],
  ['g(x) :(nobody(that I know)) ;', ['-|-|g|-', '-|-|-|-']],
])('the obsolete form %j is read (RFC 5322, section 4.4)', (value, addresses) => {
  expect(written(value)).toEqual(addresses);
});

test.each([
  [
    'without its brackets',
    'Bob Smith bob@hamburger.edu, d@x.example',
    ['Bob Smith|-|bob|hamburger.edu', '-|-|d|x.example'],
  ],
  ['with a quoted name and no brackets', '"Smith, Bob" bob@x.example', ['Smith, Bob|-|bob|x.example']],
  ['without the closing bracket', 'Bob <bob@x.example, d@x.example', ['Bob|-|bob|x.example', '-|-|d|x.example']],
  ['without the opening bracket', 'bob@x.example>, d@x.example', ['-|-|bob|x.example', '-|-|d|x.example']],
  ['with a route and no brackets', '@a.example:bob@x.example', ['-|@a.example|bob|x.example']],
  [
    'without a comma before the next one',
    'Bob <bob@x.example> Dave <d@x.example>',
    ['Bob|-|bob|x.example', 'Dave|-|d|x.example'],
  ],
  ['with a second domain', 'a@b.example@c.example, d@x.example', ['-|-|a|b.example', '-|-|d|x.example']],
  [
    'with a second domain behind its brackets',
    '<a@b.example>@c.example, d@x.example',
    ['-|-|a|b.example', '-|-|d|x.example'],
  ],
  [
    'in a group of a group',
    'g: h: a@b.example;; c@d.example',
    ['-|-|g|-', '-|-|a|b.example', '-|-|-|-', '-|-|c|d.example'],
  ],
])('an address %s is seen all the same', (_, value, addresses) => {
  expect(written(value)).toEqual(addresses);
});

test('the names that people see are those of the obsolete forms too', () => {
  expect(
    readAddressField('Bob bob@hamburger.edu, "john" . doe@test  . example, dave@x.example (Dave (the tall))'),
  ).toEqual([
    { name: 'Bob', address: 'bob@hamburger.edu' },
    { name: '', address: 'john.doe@test.example' },
    { name: 'Dave (the tall)', address: 'dave@x.example' },
  ]);
});

test('whatever stands in a field, it is read to its end, and each group that begins has one end', () => {
  const words = fc.array(fc.constantFrom(...'<>,;:@[]."()\\ \t', 'a', 'b.', '.c', '(c)', '"q"', '\r\n '), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(
      words.map((some) => some.join('')),
      (value) => {
        let isInGroup = false;
        for (const { mailbox, host } of parseAddressStructures(value)) {
          if (host !== null) continue;
          expect(mailbox !== null).toBe(!isInGroup);
          isInGroup = !isInGroup;
        }
        expect(isInGroup).toBe(false);
        // The reader for people takes the same values.
        readAddressField(value);
      },
    ),
    { numRuns: 3_000 },
  );
});
