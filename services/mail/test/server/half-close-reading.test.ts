import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HANDSHAKE_MS, readAuthorityCertificate } from '#shared/host/tls.ts';
import { LineClient } from '../line-client.ts';
import { ALICE, eventually, type MailWorld, mailCount, openMailWorld, reportsOf } from '../mail-world.ts';
import { Pop3Client } from '../pop3-client.ts';

/** As in half-close.test.ts: who closes their side behind the last command (RFC 9293, section 3.6) is answered to the end. */

/** Of a message that is sent in many pieces, when the client's end has come. */
const LARGE_LINES = 20_000;
const LINE = `${'x'.repeat(70)}\n`;
const LOG_IN = 'USER alice\r\nPASS wonderland\r\n';

let world: MailWorld;

beforeEach(async () => {
  world = await openMailWorld(178);
  const folder = `${world.crepes.host.stateDir}/mail/alice/new`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/1.M1.other`, 'Subject: small\n\n.\n');
  writeFileSync(`${folder}/2.M2.other`, `Subject: large\n\n${LINE.repeat(LARGE_LINES)}`);
});

afterEach(() => world.end());

const connections = async () => ((await world.crepes.running.state()) as { connections: object }).connections;
const untilGone = () => eventually(async () => Object.values(await connections()).every((count) => count === 0));

function imapClient(port: 143 | 993): LineClient {
  const { host } = world.crepes;
  const tls = { ca: readAuthorityCertificate(host) ?? '', servername: 'mail.crepes.fr' };
  return new LineClient(host.address, port, port === 993 ? tls : undefined);
}

test.each([110, 995] as const)('port %i: RETR is answered whole, whether QUIT follows or not', async (port) => {
  for (const [rest, goodbye] of [
    ['', ''],
    ['QUIT\r\n', '+OK Goodbye\r\n'],
    ['QUIT', ''],
  ] as const) {
    const client = await Pop3Client.open(world.crepes, port);
    client.socket.end(`${LOG_IN}RETR 1\r\nRETR 2\r\n${rest}`);
    const answer = await client.closed();
    expect(answer).toContain('\r\nSubject: small\r\n\r\n..\r\n.\r\n+OK ');
    expect(answer.match(/^x{70}\r$/gm)).toHaveLength(LARGE_LINES);
    expect(answer.slice(answer.lastIndexOf('x') + 1)).toBe(`\r\n.\r\n${goodbye}`);
  }
  await untilGone();
});

test('what DELE marked is removed by a QUIT that the connection ends behind, and only then', async () => {
  const first = await Pop3Client.open(world.crepes);
  first.socket.end(`${LOG_IN}DELE 1\r\n`);
  await first.closed();
  expect(await mailCount(world.crepes, 'alice')).toBe(2);
  const second = await Pop3Client.open(world.crepes);
  second.socket.end(`${LOG_IN}DELE 1\r\nQUIT\r\n`);
  expect(await second.closed()).toMatch(/\+OK Goodbye\r\n$/);
  expect(await mailCount(world.crepes, 'alice')).toBe(1);
});

test('a client that ends behind STLS is let go', async () => {
  const client = await eventually(async () => {
    const one = await Pop3Client.open(world.crepes);
    one.socket.end('STLS\r\n');
    // Sooner than a handshake may take: on a busy machine at some time.
    await one.within(/(?!)/, HANDSHAKE_MS / 2);
    return one.isClosed && one;
  });
  expect(client.all).toBe('+OK Begin the handshake of TLS\r\n');
  await untilGone();
});

test.each([143, 993] as const)('port %i: FETCH is answered whole, whether LOGOUT follows or not', async (port) => {
  for (const rest of ['', 'd LOGOUT\r\n']) {
    const client = imapClient(port);
    await client.until(/\r\n/);
    client.socket.end(`a LOGIN alice wonderland\r\nb SELECT INBOX\r\nc FETCH 1:2 (UID BODY.PEEK[])\r\n${rest}`);
    const answer = await client.closed();
    expect(client.isClosed).toBe(true);
    expect(answer).toContain('\r\nSubject: small\r\n\r\n.\r\n)\r\n* 2 FETCH (UID 2 BODY[] {');
    expect(answer.match(/^x{70}\r$/gm)).toHaveLength(LARGE_LINES);
    expect(answer).toMatch(
      rest === '' ? /\r\nc OK [^\r]*\r\n$/ : /\r\nc OK [^\r]*\r\n\* BYE [^\r]*\r\nd OK [^\r]*\r\n$/,
    );
  }
  await untilGone();
});

test.each(['b NOOP', 'b SELECT INBOX\r\nc IDLE', 'b APPEND INBOX {10}', 'b AUTHENTICATE PLAIN'])(
  'an IMAP client that ends behind "%s" is answered and let go',
  async (command) => {
    const client = imapClient(143);
    await client.until(/\r\n/);
    client.socket.end(`a LOGIN alice wonderland\r\n${command}\r\n`);
    expect(await client.closed()).toMatch(/\r\n(b OK|\+|b BAD|b NO) [^\r]*\r\n/);
    expect(client.isClosed).toBe(true);
    await untilGone();
  },
);

test.each([
  ['smtp-mail', 25, 'EHLO client.test\r\nMAIL FROM:<x@outside.example>\r\n'],
  ['pop3-command', 110, `${LOG_IN}NOOP\r\n`],
  ['imap-command', 143, 'a LOGIN alice wonderland\r\nb NOOP\r\n'],
] as const)(
  'a delay on purpose (%s) is over when the client closes its side: it may have given up',
  async (stage, port, said) => {
    const fault = { name: 'late', stage, delayMs: 600_000, reply: { code: 451, text: 'late' } };
    await world.crepes.running.actions?.fault?.run(fault);
    const client = new LineClient(world.crepes.host.address, port);
    await client.until(/\r\n/);
    client.send(said);
    await eventually(async () => (await reportsOf(world.crepes)).some(({ kind }) => kind === 'mail.fault'));
    client.socket.end();
    await untilGone();
  },
);

test('what was fetched is marked as seen together, at the latest when the session ends', async () => {
  const client = await Pop3Client.logIn(world.crepes, ALICE);
  await client.askOctets('RETR 1');
  client.socket.end('RETR 2\r\n');
  await client.closed();
  const imap = imapClient(143);
  await imap.until(/\r\n/);
  imap.send('a LOGIN alice wonderland\r\nb SELECT INBOX\r\nc FETCH 1:2 (FLAGS)\r\n');
  const answer = await imap.until(/\r\nc OK/);
  expect(answer.match(/^\* \d FETCH \(FLAGS \(.*\\Seen.*\)\)\r$/gm)).toHaveLength(2);
  imap.drop();
});
