import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { LineClient } from '../line-client.ts';
import { plainAuth, SmtpDoors } from '../smtp-doors.ts';

/**
 * A client that has said all may close its side of the connection and wait for the answers (RFC 9293, section 3.6). What came
 * whole is obeyed and answered; then the server closes as well.
 */

const ENVELOPE = 'MAIL FROM:<x@outside.example>\r\nRCPT TO:<alice@crepes.fr>\r\nDATA\r\n';
const MESSAGE = 'From: alice@crepes.fr\r\nSubject: last words\r\n\r\nx\r\n.\r\n';

let doors: SmtpDoors;

beforeEach(async () => {
  doors = await SmtpDoors.open('177.1', { options: { connectionsPerClientMax: 100 } });
});

afterEach(() => doors.close());

const codes = (replies: string) => replies.match(/^\d{3}(?= )/gm);
const untilAllAreGone = () => eventually(() => (doors.connections().every((count) => count === 0) ? true : null));
const messageFiles = () => readdirSync(join(doors.host.stateDir, 'queue')).filter((file) => file.endsWith('.eml'));

test.each([
  ['', ['250']],
  ['QUIT\r\n', ['250', '221']],
  ['NOOP\r\nQUIT\r\n', ['250', '250', '221']],
  // A command without its line end is none.
  ['NOOP\r\nQUIT', ['250', '250']],
])('a message whose connection ends behind the dot and %j is answered', async (rest, replies) => {
  const client = await doors.openData();
  client.socket.end(MESSAGE + rest);
  const answer = await client.closed();
  expect(answer).toMatch(/^250 2\.6\.0 Queued as/);
  expect(codes(answer)).toEqual(replies);
  expect(client.isClosed).toBe(true);
  expect(doors.taken).toHaveLength(1);
  await untilAllAreGone();
});

test('the last message is answered however it is cut', async () => {
  const send = async (split: number) => {
    const client = await doors.openData();
    client.send(MESSAGE.slice(0, split));
    await new Promise((resolve) => setImmediate(resolve));
    client.socket.end(MESSAGE.slice(split));
    expect(codes(await client.closed()), `cut at ${split}`).toEqual(['250']);
  };
  await Promise.all(Array.from({ length: MESSAGE.length + 1 }, (_, split) => send(split)));
  expect(doors.taken).toHaveLength(MESSAGE.length + 1);
});

test.each(['', 'Subject: x\r\n\r\nx\r\n', 'x\r\n.', 'x\r\n.\r', 'x\r\n.\n', '..\r\n'])(
  'of mail data that ends without its dot (%j) nothing is stored, and nothing is answered',
  async (data) => {
    const client = await doors.openData();
    client.socket.end(data);
    expect(await client.closed()).toBe('');
    expect(client.isClosed).toBe(true);
    await untilAllAreGone();
    await eventually(() => (messageFiles().length === 0 ? true : null));
    expect(doors.taken).toEqual([]);
  },
);

test('a group of commands with the message behind it is answered to its end (RFC 2920)', async () => {
  const client = await doors.connect();
  client.send(ENVELOPE);
  expect(codes((await client.reply()) + (await client.reply()) + (await client.reply()))).toEqual([
    '250',
    '250',
    '354',
  ]);
  client.socket.end(`${MESSAGE}${ENVELOPE}`);
  expect(codes(await client.closed())).toEqual(['250', '250', '250', '354']);
  await untilAllAreGone();
  expect(doors.taken).toHaveLength(1);
});

test('mail data that came before it was asked for is refused also when the connection ends behind it', async () => {
  const client = await doors.connect();
  client.socket.end(`${ENVELOPE}${MESSAGE}QUIT\r\n`);
  const answer = await client.closed();
  expect(codes(answer)).toEqual(['250', '250', '554']);
  expect(answer).toMatch(/\r\n554 5\.5\.0 Mail data came before it was asked for\r\n$/);
  expect(doors.taken).toEqual([]);
});

test.each(['EHLO client.test\r\n', 'EHLO client.test\r\nQUIT\r\n', 'NOOP\r\n'.repeat(1_000)])(
  'commands that the connection ends behind are answered (%#)',
  async (commands) => {
    const client = await doors.connect(25, null);
    client.socket.end(commands);
    expect(codes(await client.closed())).toHaveLength(commands.split('\r\n').length - 1);
    await untilAllAreGone();
  },
);

test('a password that the connection ends behind is checked and answered', async () => {
  const client = await doors.connect(587);
  client.socket.end(`${plainAuth('alice', 'wrong')}\r\n${plainAuth('alice', 'wonderland')}\r\n`);
  expect(codes(await client.closed())).toEqual(['535', '235']);
});

test('a client that ends without a word is let go at once', async () => {
  const client = await doors.connect(25, null);
  client.socket.end();
  expect(await client.closed()).toBe('');
  await untilAllAreGone();
});

test.each([25, 587, 465] as const)('port %i, within TLS: the last message is answered', async (port) => {
  const client = await secured(port);
  client.socket.end(`${MESSAGE}QUIT\r\n`);
  expect(codes(await client.closed())).toEqual(['250', '221']);
  await untilAllAreGone();
  expect(doors.taken).toHaveLength(1);
});

test.each([25, 465] as const)('port %i, within TLS: of mail data without its dot nothing is stored', async (port) => {
  const client = await secured(port);
  client.socket.end('Subject: x\r\n\r\nx\r\n');
  expect(await client.closed()).toBe('');
  await untilAllAreGone();
  await expect.poll(messageFiles).toEqual([]);
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'TCP that ends without the farewell of %s cuts a message off, and takes nothing back of one that is whole',
  async (version) => {
    for (const [data, replies] of [
      [MESSAGE, ['250']],
      [MESSAGE.slice(0, -2), null],
    ] as const) {
      const plain = connect({ host: doors.host.address, port: 465, allowHalfOpen: true });
      const tls = { ...doors.tls, minVersion: version, maxVersion: version, socket: carriedBy(plain) };
      const secure = connectTls(tls);
      let received = '';
      secure.on('error', () => {}).on('data', (octets: Buffer) => (received += octets.toString('latin1')));
      const asked = (pattern: RegExp) => eventually(() => (pattern.test(received) ? true : null));
      await asked(/^220 /);
      secure.write('EHLO client.test\r\n');
      await asked(/SIZE \d+\r\n/);
      secure.write(
        `${plainAuth('alice', 'wonderland')}\r\n${ENVELOPE.replace('x@outside.example', 'alice@crepes.fr')}`,
      );
      await asked(/^354 .*\r\n/m);
      received = '';
      await new Promise<void>((resolve) => secure.write(data, () => resolve()));
      plain.end();
      await new Promise((resolve) => plain.once('close', resolve));
      expect(codes(received)).toEqual(replies);
    }
    await untilAllAreGone();
    expect(doors.taken).toHaveLength(1);
  },
);

test.each([
  ['STARTTLS', 25],
  ['', 465],
] as const)('a client that ends instead of a handshake (%j) is let go at once', async (command, port) => {
  const client = new LineClient(doors.host.address, port);
  if (command !== '') {
    await client.reply();
    expect(await client.ask(command)).toMatch(/^220/);
  }
  client.socket.end();
  await client.closed();
  expect(client.isClosed).toBe(true);
  await untilAllAreGone();
});

/** A conversation within TLS that is in the middle of DATA. */
async function secured(port: 25 | 587 | 465): Promise<LineClient> {
  const client = await doors.connect(port);
  if (port !== 465) {
    await client.ask('STARTTLS');
    await client.startTls(doors.tls);
    await client.ask('EHLO client.test');
  }
  if (port !== 25) await client.ask(plainAuth('alice', 'wonderland'));
  client.send(ENVELOPE.replace('x@outside.example', 'alice@crepes.fr'));
  await client.until(/354 .*\r\n/);
  return client;
}

/** What TLS speaks over, so that its end and that of TCP are two. */
function carriedBy(plain: Socket): Duplex {
  const carrier = new Duplex({
    read: () => plain.resume(),
    write: (octets, _encoding, done) => plain.write(octets, done),
    final: (done) => done(),
  });
  plain.on('data', (octets) => carrier.push(octets)).on('end', () => carrier.push(null));
  return carrier;
}
