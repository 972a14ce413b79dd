import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ImapClient } from '../imap-client.ts';
import { type ImapWorld, openImapWorld } from '../imap-world.ts';

let world: ImapWorld;

beforeAll(async () => {
  world = await openImapWorld('38.1', { messageOctetsMax: 20_000 });
  const client = await world.alice();
  for (let count = 0; count < 3; count += 1) await client.append('INBOX', `Subject: ${count}\r\n\r\ntext ${count}\r\n`);
  client.line.drop();
});

afterAll(() => world.end());

/** Words that commands are made of, so that what is said gets further than to the first BAD. */
const WORDS = [
  ...[
    'SELECT INBOX',
    'EXAMINE INBOX (CONDSTORE)',
    'UID ',
    'FETCH ',
    'STORE ',
    'SEARCH ',
    'COPY ',
    'MOVE ',
    'APPEND ',
    'IDLE',
  ],
  ...[
    'DONE',
    'LIST ',
    'LSUB ',
    'STATUS ',
    'CREATE ',
    'DELETE ',
    'RENAME ',
    'CLOSE',
    'UNSELECT',
    'EXPUNGE',
    'NOOP',
    'ID ',
  ],
  ...[
    'ENABLE CONDSTORE IMAP4rev2',
    'NAMESPACE',
    'CAPABILITY',
    'GETQUOTAROOT ',
    'SUBSCRIBE ',
    'AUTHENTICATE PLAIN',
    'CHECK',
  ],
  ...[
    '1:*',
    '*:2',
    '$',
    '1,3',
    '4294967295',
    '0',
    'ALL',
    'FULL',
    '(FLAGS UID MODSEQ)',
    'BODY[]',
    'BODY.PEEK[1.HEADER]<0.9>',
  ],
  ...[
    'BINARY[1]',
    'BINARY.SIZE[1]',
    '(UNCHANGEDSINCE 5)',
    '(CHANGEDSINCE 2)',
    '+FLAGS',
    'FLAGS.SILENT',
    '(\\Seen $k)',
    '\\Deleted',
  ],
  ...[
    'RETURN (MIN SAVE)',
    'RETURN ()',
    'SUBJECT ',
    'BODY ',
    'TEXT ',
    'NOT ',
    'OR ',
    'MODSEQ 3',
    'SINCE 1-Jan-2026',
    'HEADER ',
  ],
  ...[
    'INBOX',
    'Trash',
    'Fuzz',
    'a/b',
    '../x',
    '"a b"',
    '""',
    '*',
    '%',
    '&AGE-',
    '(SPECIAL-USE)',
    '(USE (\\Sent))',
    '(MESSAGES SIZE)',
  ],
  ...[
    '"17-Jul-1996 02:44:25 -0700" ',
    '{3}\r\n',
    '{3+}\r\nabc',
    '~{2+}\r\na\0',
    '{0+}\r\n',
    '{99999}\r\n',
    '{30000+}\r\n',
    '{5',
  ],
  ...['\r\n', '\n', ' ', ' ', '  ', '(', ')', '"', '\\', '\0', '\xff', '\xc3\xa9', 'a1 ', 'b2 ', '+', '* '],
];

const said = fc
  .array(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...WORDS) }, { weight: 1, arbitrary: fc.string() }), {
    minLength: 1,
    maxLength: 60,
  })
  .map((words) => words.join(''));
const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 });

test('any octets, in any pieces, leave the server in step or disconnected', async () => {
  await fc.assert(
    fc.asyncProperty(said, cuts, fc.boolean(), async (text, pieces, isSelected) => {
      const client = await world.alice(isSelected ? 'INBOX' : undefined);
      let at = 0;
      for (let turn = 0; at < text.length; turn += 1) {
        const length = pieces[turn % pieces.length]!;
        client.line.send(text.slice(at, at + length));
        at += length;
        if (turn % 4 === 3) await new Promise((resolve) => setImmediate(resolve));
      }
      const answers = await untilInStep(client);
      client.line.drop();
      // Nothing that a client says is a fault of the server.
      expect(answers).not.toContain('SERVERBUG');
    }),
    { numRuns: 30 },
  );
  const client = await world.alice('INBOX');
  expect(await client.reply('FETCH 1:* ALL')).toMatch(/^OK/);
});

/** Ends whatever was begun (a quoted string, a literal, IDLE, an exchange of AUTHENTICATE) and asks until it is answered. */
async function untilInStep(client: ImapClient): Promise<string> {
  for (let round = 0; round < 10; round += 1) {
    client.line.send(`\r\nDONE\r\n*\r\nstep${round} NOOP\r\n`);
    const answered = await client.line.within(/(?:^|\n)step\d+ OK .*\r\n/, 150 * 2 ** round);
    if (answered !== null) return answered;
    if (client.line.isClosed) return client.line.all;
    // A literal that is waited for.
    client.line.send(`${'x'.repeat(10_000)}\r\n`);
  }
  throw new Error(`out of step: ${JSON.stringify(client.line.all.slice(-300))}`);
}
