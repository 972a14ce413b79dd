import { afterEach, beforeEach, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import { eventually } from '../eventually.ts';
import { LineClient } from '../line-client.ts';
import { plainAuth, SmtpDoors } from '../smtp-doors.ts';

let doors: SmtpDoors;

beforeEach(async () => {
  doors = await SmtpDoors.open('171.1', { options: { connectionsPerClientMax: 100 } });
});

afterEach(() => doors.close());

const names = (reply: string) =>
  reply
    .trim()
    .split('\r\n')
    .slice(1)
    .map((line) => line.slice(4));

/** A conversation that has said STARTTLS and EHLO again. */
async function secured(port: 25 | 587): Promise<LineClient> {
  const client = await doors.connect(port);
  expect(await client.ask('STARTTLS')).toBe('220 2.0.0 Ready to start TLS\r\n');
  await client.startTls(doors.tls);
  await client.ask('EHLO client.test');
  return client;
}

test.each([25, 587] as const)(
  'port %i offers STARTTLS, with a certificate of the lab, and TLS 1.2 at least (RFC 3207)',
  async (port) => {
    const client = await doors.connect(port, null);
    expect(names(await client.ask('EHLO client.test'))).toContain('STARTTLS');
    await client.ask('STARTTLS');
    const socket = await client.startTls(doors.tls);
    expect(socket.authorized).toBe(true);
    expect(['TLSv1.2', 'TLSv1.3']).toContain(socket.getProtocol());
    const offered = names(await client.ask('EHLO client.test'));
    expect(offered).not.toContain('STARTTLS');
    expect(offered.filter((name) => name.startsWith('AUTH'))).toEqual(port === 587 ? ['AUTH PLAIN LOGIN'] : []);
  },
);

test.each(['TLSv1', 'TLSv1.1'] as const)('%s is refused (RFC 8996)', async (version) => {
  const client = await doors.connect(25);
  await client.ask('STARTTLS');
  const old = { ...doors.tls, minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' };
  await expect(client.startTls(old)).rejects.toThrow();
  expect((await doors.connect(25)).all).toBe('');
});

test('what was said before the handshake is forgotten (RFC 3207, section 4.2)', async () => {
  const client = await doors.connect(587);
  expect(await client.ask(plainAuth('alice', 'wonderland'))).toMatch(/^235/);
  await client.ask('MAIL FROM:<alice@crepes.fr>');
  await client.ask('STARTTLS');
  await client.startTls(doors.tls);
  expect(await client.ask('RCPT TO:<bob@hamburger.edu>')).toMatch(/^503 5\.5\.1 .*EHLO/);
  await client.ask('EHLO client.test');
  expect(await client.ask('RCPT TO:<bob@hamburger.edu>')).toMatch(/^503/);
  expect(await client.ask('MAIL FROM:<alice@crepes.fr>')).toMatch(/^530 5\.7\.0/);
});

test('STARTTLS takes no parameter, and is not there twice', async () => {
  const client = await doors.connect(25);
  expect(await client.ask('STARTTLS now')).toMatch(/^501 5\.5\.4/);
  expect(await client.ask('NOOP')).toMatch(/^250/);
  const second = await secured(25);
  expect(await second.ask('STARTTLS')).toMatch(/^503 5\.5\.1/);
  const implicit = await doors.connect(465);
  expect(await implicit.ask('STARTTLS')).toMatch(/^503 5\.5\.1/);
});

test('commands that come with STARTTLS in one packet are dropped, however they are cut (CVE-2011-0411)', async () => {
  const injected = 'STARTTLS\r\nNOOP\r\nEHLO evil.test\r\nMAIL FROM:<evil@evil.example>\r\n';
  const inject = async (split: number) => {
    const client = await doors.connect(25);
    client.send(injected.slice(0, split));
    expect(await client.until(/\r\n/)).toMatch(/^220/);
    // What comes after the 220 and is no TLS lets the handshake fail.
    client.send(injected.slice(split));
    if (split < injected.length) {
      await expect(client.startTls(doors.tls)).rejects.toThrow();
      expect(client.all).toBe('');
      return;
    }
    await client.startTls(doors.tls);
    expect(await client.ask('RSET')).toBe('250 2.0.0 Flushed\r\n');
    expect(await client.ask('MAIL FROM:<x@outside.example>')).toMatch(/^503 5\.5\.1 .*EHLO/);
    expect(client.all).toBe('');
  };
  const first = 'STARTTLS\r\n'.length;
  await Promise.all(Array.from({ length: injected.length - first + 1 }, (_, index) => inject(first + index)));
});

test('port 465 has TLS from the first octet (RFC 8314, section 3.3)', async () => {
  const client = await doors.connect(465, null);
  expect(names(await client.ask('EHLO client.test'))).toEqual([
    'PIPELINING',
    '8BITMIME',
    'SMTPUTF8',
    'ENHANCEDSTATUSCODES',
    'DSN',
    'AUTH PLAIN LOGIN',
    'SIZE 1000000',
  ]);
  expect(await client.ask(plainAuth('alice', 'wonderland'))).toMatch(/^235/);
  await client.ask('MAIL FROM:<alice@crepes.fr>');
  await client.ask('RCPT TO:<bob@hamburger.edu>');
  await client.ask('DATA');
  expect(await client.ask('From: alice@crepes.fr\r\n\r\nx\r\n.')).toMatch(/^250 2\.6\.0/);
  expect(await doors.stored(0)).toMatch(
    /\r\n\tby mail\.crepes\.fr with ESMTPSA id \w+\r\n\tfor <[^>]+>\r\n\ttls TLS_\w+;/,
  );
});

test('a client without TLS is not understood on port 465, and is let go', async () => {
  const client = new LineClient(doors.host.address, 465);
  client.send('EHLO client.test\r\n');
  expect(await client.closed()).not.toMatch(/^2/m);
});

test.each([
  [25, null, false, 'ESMTP'],
  [25, null, true, 'ESMTPS'],
  [587, 'alice', false, 'ESMTPA'],
  [587, 'alice', true, 'ESMTPSA'],
] as const)('Received on port %i (%s, TLS: %s) says %s (RFC 3848)', async (port, user, isSecured, word) => {
  const client = isSecured ? await secured(port) : await doors.connect(port);
  if (user !== null) await client.ask(plainAuth(user, 'wonderland'));
  for (const [parameter, expected] of [
    ['', word],
    [' SMTPUTF8', word.replace('ESMTP', 'UTF8SMTP')],
  ] as const) {
    await client.ask(`MAIL FROM:<alice@crepes.fr>${parameter}`);
    await client.ask('RCPT TO:<claire@crepes.fr>');
    await client.ask('DATA');
    await client.ask('From: alice@crepes.fr\r\n\r\nx\r\n.');
    expect(await doors.stored(-1)).toContain(` with ${expected} id `);
  }
});

test('the handshake is reported, and nothing that came under TLS is lost to the reports', async () => {
  await secured(25);
  const told = await eventually(() => {
    const kinds = doors.host.reported.map(({ kind, summary }) => `${kind} ${summary}`);
    return kinds.filter((line) => line.includes('EHLO')).length === 2 ? kinds : null;
  });
  expect(told.find((line) => line.startsWith('smtp.tls'))).toMatch(/^smtp\.tls TLSv1\.[23] with \w/);
});

test('a connection is counted until it ends, with TLS and without, also when its handshake fails', async () => {
  const plain = await doors.connect(25);
  const upgraded = await secured(587);
  const implicit = await doors.connect(465);
  const failing = await doors.connect(25);
  await failing.ask('STARTTLS');
  expect(doors.connections()).toEqual([2, 1, 1]);
  failing.send('this is no handshake\r\n');
  for (const client of [plain, upgraded, implicit]) expect(await client.ask('QUIT')).toMatch(/^221/);
  await eventually(() => (doors.connections().every((count) => count === 0) ? true : null));
});

test('where a password needs TLS, AUTH is not offered before it, and says what is missing', async () => {
  await doors.close();
  doors = await SmtpDoors.open('171.1', { options: { takesCleartextLogin: false } });
  const client = await doors.connect(587, null);
  expect(await client.ask('EHLO client.test')).not.toContain('AUTH');
  expect(await client.ask(plainAuth('alice', 'wonderland'))).toMatch(/^538 5\.7\.11/);
  expect(await client.ask('HELP')).not.toContain('AUTH');
  expect(await client.ask('MAIL FROM:<alice@crepes.fr>')).toMatch(/^530 5\.7\.0/);
  await client.ask('STARTTLS');
  await client.startTls(doors.tls);
  expect(await client.ask('EHLO client.test')).toContain('AUTH PLAIN LOGIN');
  expect(await client.ask(plainAuth('alice', 'wonderland'))).toMatch(/^235/);
});

test('a server that stops in the middle of handshakes stops at once', async () => {
  const half = await doors.connect(25);
  await half.ask('STARTTLS');
  const silent = new LineClient(doors.host.address, 465);
  silent.send(Uint8Array.of(0x16, 0x03, 0x01));
  await secured(587);
  await doors.close();
  await half.closed();
  await silent.closed();
  doors = await SmtpDoors.open('171.1');
});

test('a client that never makes its handshakes keeps nobody else out of port 465', async () => {
  const limited = await SmtpDoors.open('172.2', { options: { connectionsMax: 10, connectionsPerClientMax: 4 } });
  const { address } = limited.host;
  const silent = Array.from({ length: 12 }, () => new LineClient(address, 465));
  await eventually(() => silent.filter((one) => one.isClosed).length >= 8);
  const other = new LineClient(address, 465, limited.tls, `${TEST_NET}.172.3`);
  expect(await other.reply()).toMatch(/^220/);
  for (const one of [...silent, other]) one.drop();
  await limited.close();
});
