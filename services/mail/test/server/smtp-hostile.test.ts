import { afterEach, beforeEach, expect, test } from 'vitest';
import { REFUSALS_MAX } from '../../src/server/guarded-connection.ts';
import { eventually } from '../eventually.ts';
import { LineClient } from '../line-client.ts';
import { plainAuth, SmtpDoors } from '../smtp-doors.ts';
import { SMUGGLING_ENDINGS } from '../smuggling.ts';

let doors: SmtpDoors;

beforeEach(async () => {
  doors = await SmtpDoors.open('173.1', { options: { messageOctetsMax: 8_000_000 } });
});

afterEach(() => doors.close());

/** Lets what was written go out before the next piece. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function submitting(): Promise<LineClient> {
  const client = await doors.connect(587);
  await client.ask(plainAuth('alice', 'wonderland'));
  await client.ask('MAIL FROM:<alice@crepes.fr>');
  return client;
}

const SMUGGLED =
  'MAIL FROM:<evil@evil.example>\r\nRCPT TO:<alice@crepes.fr>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n';

test.each(SMUGGLING_ENDINGS)(
  'data with %s in it is one refused message, cut at every octet around it',
  async (_name, ending) => {
    const data = `Subject: first\r\n\r\nfirst${ending}${SMUGGLED}`;
    const at = data.indexOf(ending);
    const client = await doors.connect();
    for (let split = at - 2; split <= at + ending.length + 2; split += 1) {
      await client.ask('MAIL FROM:<x@outside.example>');
      await client.ask('RCPT TO:<alice@crepes.fr>');
      await client.ask('DATA');
      client.send(data.slice(0, split));
      await turn();
      client.send(data.slice(split));
      expect(await client.reply()).toMatch(/^550 5\.6\.0 (Bare (CR|LF)|NUL) in the message/);
      expect(await client.ask('NOOP')).toMatch(/^250/);
      expect(client.all).toBe('');
    }
    expect(doors.taken).toEqual([]);
  },
);

test('commands that end in a bare LF are refused, so that a smuggled tail is no transaction (RFC 5321, section 2.3.8)', async () => {
  const client = await doors.connect();
  client.send('MAIL FROM:<evil@evil.example>\nRCPT TO:<alice@crepes.fr>\nDATA\nNOOP\r\n');
  for (let command = 0; command < 3; command += 1)
    expect(await client.reply()).toMatch(/^500 5\.5\.2 A line ends in CRLF/);
  expect(await client.reply()).toMatch(/^250/);
  expect(await client.ask('RCPT TO:<alice@crepes.fr>')).toMatch(/^503/);
});

test.each([
  ['EHLO a\rMAIL FROM:<>', /^501/],
  ['EHLO a\0b', /^501/],
  ['HELO a\x1b[2J', /^501/],
  ['MAIL FROM:<a\r\rb@x>', /^501/],
  ['MAIL FROM:<a@x\rRCPT TO:<b@x>>', /^501/],
  ['MAIL FROM:<a@x> ENVID=a+0D+0ARCPT', /^501/],
  ['MAIL FROM:<"a\r"@x>', /^501/],
  ['MAIL FROM:<"a\\\0"@x>', /^501/],
  ['VRFY a\rb', /^252/],
  ['\rNOOP', /^500/],
])('%j makes one answer of one line', async (command, answer) => {
  const client = await doors.connect();
  const reply = await client.ask(command);
  expect(reply).toMatch(answer);
  expect(reply.slice(0, -2)).not.toMatch(/[\x00-\x1f]/);
  expect(await client.ask('NOOP')).toBe('250 2.0.0 OK\r\n');
  expect(client.all).toBe('');
});

test('ten commands that nobody knows end the connection', async () => {
  const client = await doors.connect();
  client.send('JUNK\r\n'.repeat(12));
  const answers = (await client.closed()).trim().split('\r\n');
  expect(answers).toHaveLength(10);
  expect(answers.slice(0, 9).every((answer) => answer.startsWith('500 5.5.2'))).toBe(true);
  expect(answers[9]).toMatch(/^421/);
});

test('a search for names ends the connection; a message in between begins the count anew', async () => {
  const client = await doors.connect();
  const search = async (count: number) => {
    await client.ask('MAIL FROM:<x@outside.example>');
    const names = Array.from({ length: count }, (_, index) => `RCPT TO:<name${index}@crepes.fr>\r\n`);
    client.send(names.join(''));
  };
  await search(REFUSALS_MAX - 1);
  for (let index = 0; index < REFUSALS_MAX - 1; index += 1) expect(await client.reply()).toMatch(/^550 5\.1\.1/);
  await client.ask('RCPT TO:<alice@crepes.fr>');
  await client.ask('DATA');
  expect(await client.ask('Subject: x\r\n\r\nx\r\n.')).toMatch(/^250/);
  await search(REFUSALS_MAX + 10);
  const answers = (await client.closed()).trim().split('\r\n');
  expect(answers).toHaveLength(REFUSALS_MAX + 1);
  expect(answers.at(-1)).toBe('421 4.7.0 Too many errors');
});

test.each(['GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'POST / HTTP/1.0\r\n\r\nMAIL FROM:<>\r\n'])(
  '%j is let go',
  async (request) => {
    const client = await doors.connect(25, null);
    client.send(request);
    expect(await client.closed()).toMatch(/^421/);
  },
);

test('who talks before the greeting is let go', async () => {
  // The greeting waits for a moment; on a busy machine that may be over before this is read.
  const answer = await eventually(async () => {
    const client = new LineClient(doors.host.address, 25);
    client.send('EHLO spam.example\r\n');
    const heard = await client.reply();
    if (heard.startsWith('421')) return heard + (await client.closed());
    client.drop();
    return null;
  });
  expect(answer).toMatch(/^421 .*too soon\r\n$/);
});

test('a command line without end is cut off', async () => {
  const client = await doors.connect();
  client.send('x'.repeat(100_000));
  expect(await client.closed()).toBe('421 4.7.0 Closing: the command line is too long\r\n');
  expect(await (await doors.connect()).ask('NOOP')).toMatch(/^250/);
});

test('of ten thousand recipients a hundred are taken, and the rest told to come later (RFC 5321, section 4.5.3.1.10)', async () => {
  const client = await submitting();
  client.send(Array.from({ length: 10_000 }, (_, index) => `RCPT TO:<r${index}@hamburger.edu>\r\n`).join(''));
  const counts = new Map<string, number>();
  for (let index = 0; index < 10_000; index += 1) {
    const code = (await client.until(/\r\n/)).slice(0, 9);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  expect([...counts]).toEqual([
    ['250 2.1.5', 100],
    ['452 4.5.3', 9_900],
  ]);
  await client.ask('DATA');
  expect(await client.ask('From: alice@crepes.fr\r\n\r\nx\r\n.')).toMatch(/^250/);
  expect(doors.taken[0]?.recipients).toHaveLength(100);
});

test('a million doubled full stops are one message, and others are served meanwhile', async () => {
  const flood = await doors.openData();
  const other = await doors.connect();
  let answer: string | null = null;
  flood.send(`Subject: x\r\n\r\n${'..\r\n'.repeat(1_000_000)}.\r\n`);
  const finished = flood.reply().then((reply) => {
    answer = reply;
  });
  let served = 0;
  while (answer === null) {
    expect(await other.ask('NOOP')).toMatch(/^250/);
    served += 1;
  }
  await finished;
  expect(answer).toMatch(/^250/);
  expect(served).toBeGreaterThan(10);
  expect((await doors.stored(0)).slice(-9)).toBe('.\r\n.\r\n.\r\n');
});

test.each([
  ['a hundred thousand fields', 'X: y\r\n'.repeat(100_000), /^552 5\.3\.4/],
  ['a field of a million octets', `X: ${'y'.repeat(1_000_000)}\r\n`, /^552 5\.3\.4/],
  ['a field of a million folded lines', `X: y\r\n${' y\r\n'.repeat(250_000)}`, /^552 5\.3\.4/],
  ['a header section as long as may be', `${'X: y\r\n'.repeat(43_000)}`, /^250/],
  [
    'a thousand levels of parts',
    Array.from(
      { length: 1_000 },
      (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`,
    ).join(''),
    /^250/,
  ],
  [
    'ten thousand parts',
    `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(10_000)}--b--\r\n`,
    /^250/,
  ],
  ['a line of a million octets', `Subject: x\r\n\r\n${'x'.repeat(1_000_000)}\r\n`, /^250/],
])('%s are stored or refused, and the connection goes on', async (_name, data, answer) => {
  const client = await doors.openData();
  client.send(`${data}\r\n.\r\n`);
  expect(await client.reply()).toMatch(answer);
  expect(await client.ask('NOOP')).toMatch(/^250/);
});

test('a message over the limit is refused after its end, and takes no room while it comes', async () => {
  const client = await doors.openData();
  client.send(`Subject: x\r\n\r\n${'x'.repeat(998).concat('\r\n').repeat(9_000)}.\r\n`);
  expect(await client.reply()).toMatch(/^552 5\.3\.4/);
  expect(doors.taken).toEqual([]);
  expect(await client.ask('NOOP')).toMatch(/^250/);
});

test('a message that comes octet by octet is read like any other', async () => {
  const client = await doors.openData();
  for (const octet of Buffer.from('S: x\r\n\r\n..\r\n\xe9\r\n.\r\n', 'latin1')) {
    client.send(Uint8Array.of(octet));
    await turn();
  }
  expect(await client.reply()).toMatch(/^250/);
  expect((await doors.stored(0)).split('\r\n\r\n')[1]).toBe('.\r\n\xe9\r\n');
});

test('clients that reset the connection at any point take nothing down', async () => {
  const dialogue =
    'EHLO x\r\nMAIL FROM:<x@outside.example>\r\nRCPT TO:<alice@crepes.fr>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\n';
  const gone = Array.from({ length: 40 }, async (_, index) => {
    const client = await doors.connect(25, null);
    client.send(dialogue.slice(0, Math.floor((dialogue.length * index) / 39)));
    await turn();
    client.drop();
  });
  await Promise.all(gone);
  const client = await doors.openData();
  expect(await client.ask('Subject: x\r\n\r\nx\r\n.')).toMatch(/^250/);
});
