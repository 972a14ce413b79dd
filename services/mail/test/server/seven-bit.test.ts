import { simpleParser } from 'mailparser';
import { afterEach, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import {
  ALICE,
  eventually,
  type MailWorld,
  openMailWorld,
  openSmtp,
  readMailbox,
  reportsOf,
  untilMail,
  untilQueueIsEmpty,
} from '../mail-world.ts';
import { SmtpSink } from '../smtp-sink.ts';

const AREA = 173;
const FIELDS = 'From: alice@crepes.fr\r\nTo: x@sink.example\r\nSubject: hello\r\nMIME-Version: 1.0\r\n';
const PICTURE = Buffer.from(
  Array.from({ length: 1000 }, (_, at) => 1 + ((at * 7) % 255)).filter((octet) => octet !== 10 && octet !== 13),
);

let world: MailWorld;
let sink: SmtpSink;

afterEach(async () => {
  await sink.close();
  await world.end();
});

/** A next server that offers these extensions. */
async function open(extensions: readonly string[]): Promise<void> {
  world = await openMailWorld(AREA, {
    names: { 'mx.sink.example': [`${TEST_NET}.${AREA}.9`] },
    mailExchanges: { 'sink.example': [{ preference: 1, exchange: 'mx.sink.example' }] },
  });
  sink = await SmtpSink.open({ address: `${TEST_NET}.${AREA}.9`, extensions });
}

/** @param data one character for each octet; dots are doubled here */
async function aliceSends(data: string): Promise<void> {
  const client = await openSmtp(world.crepes, 587, ALICE);
  await client.ask('MAIL FROM:<alice@crepes.fr> BODY=8BITMIME');
  await client.ask('RCPT TO:<x@sink.example>');
  await client.ask('DATA');
  expect(await client.ask(`${data.replace(/^\./gm, '..')}\r\n.`)).toMatch(/^250/);
  client.drop();
}

/** What the next server got, dots taken back. */
async function arrived(): Promise<{ mail: string; octets: Buffer }> {
  const message = await eventually(() => sink.messages[0] ?? null, 'a message');
  return { mail: message.mail, octets: Buffer.from(message.data.replace(/^\./gm, ''), 'latin1') };
}

const utf8 = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

function multipart(...parts: string[]): string {
  return `${FIELDS}Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`;
}

test('an 8-bit message is converted for a next server without 8BITMIME, and another reader finds all of it (RFC 6152, section 3)', async () => {
  await open(['PIPELINING', 'SIZE 1000000']);
  const inner = `From: bob@hamburger.edu\r\nSubject: inner\r\n\r\n${utf8('안쪽')}\r\n`;
  await aliceSends(
    multipart(
      `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${utf8('Crêpes à emporter, 한 장 = 5 €')} \r\n.\r\n--b-no boundary`,
      `Content-Type: image/png; name=p.png\r\nContent-Disposition: attachment; filename=p.png\r\nContent-Transfer-Encoding: binary\r\n\r\n${PICTURE.toString('latin1')}`,
      `Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${inner}`,
    ),
  );
  const { mail, octets } = await arrived();
  expect(octets.every((octet) => octet < 0x80)).toBe(true);
  expect(
    octets
      .toString('latin1')
      .split('\r\n')
      .every((line) => line.length <= 998),
  ).toBe(true);
  expect(mail).toBe(`MAIL FROM:<alice@crepes.fr> SIZE=${octets.length}`);
  const { text, attachments, subject } = await simpleParser(octets);
  expect(subject).toBe('hello');
  expect(text?.replace(/\r\n/g, '\n')).toContain('Crêpes à emporter, 한 장 = 5 € \n.\n--b-no boundary');
  const [picture, enclosed] = attachments;
  expect(picture).toMatchObject({ filename: 'p.png', contentType: 'image/png' });
  expect(picture?.content.equals(PICTURE)).toBe(true);
  const { text: innerText, subject: innerSubject } = await simpleParser(enclosed?.content ?? '');
  expect(innerSubject).toBe('inner');
  expect(innerText?.trim()).toBe('안쪽');
  const reasons = (await reportsOf(world.crepes)).map(({ because }) => because ?? '');
  expect(reasons).toContainEqual(
    expect.stringMatching(
      /^mx\.sink\.example does not offer 8BITMIME, so it is converted to 7-bit MIME .*image\/png as base64/,
    ),
  );
  await untilQueueIsEmpty(world.crepes);
});

test('text without any MIME gets what it needs to be read, and a message of a megabyte as much as a short one', async () => {
  await open([]);
  const text = Array.from({ length: 25_000 }, (_, at) => `${at} crêpes, s'il vous plaît.`).join('\r\n');
  await aliceSends(`From: alice@crepes.fr\r\nSubject: many\r\n\r\n${utf8(text)}`);
  const { octets } = await arrived();
  expect(octets.every((octet) => octet < 0x80)).toBe(true);
  const read = await simpleParser(octets);
  expect(read.text?.trim().replace(/\r\n/g, '\n')).toBe(text.replace(/\r\n/g, '\n'));
});

test('a next server with 8BITMIME gets the message as it is, and its name with BODY=8BITMIME', async () => {
  await open(['8BITMIME']);
  await aliceSends(`${FIELDS}Content-Type: text/plain; charset=utf-8\r\n\r\n${utf8('é')}`);
  const { mail, octets } = await arrived();
  expect(mail).toContain('BODY=8BITMIME');
  expect(octets.toString('utf8')).toMatch(/\r\n\r\né\r\n$/);
});

test.each([
  ['small', 1],
  ['large', 300],
])(
  'a line of more than 998 octets in a %s message is made shorter, whatever the next server offers (RFC 5321, section 4.5.3.1.6)',
  async (_what, times) => {
    await open(['8BITMIME', 'PIPELINING']);
    const text = `${'crepes '.repeat(150)}\r\n`.repeat(times);
    await aliceSends(`${FIELDS}Content-Type: text/plain\r\n\r\n${text}end`);
    const { octets } = await arrived();
    expect(
      octets
        .toString('latin1')
        .split('\r\n')
        .every((line) => line.length <= 998),
    ).toBe(true);
    const read = await simpleParser(octets);
    expect(read.text?.replace(/\r?\n/g, '\r\n').trim()).toBe(`${text}end`);
    const reasons = (await reportsOf(world.crepes)).map(({ because }) => because ?? '');
    expect(reasons).toContainEqual(expect.stringMatching(/^it has a line of more than 998 octets, so it is converted/));
  },
);

const SIGNED = (body: string) =>
  `${FIELDS}Content-Type: multipart/signed; boundary=s; protocol="application/pgp-signature"\r\n\r\n--s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${body}\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\nsignature\r\n--s--\r\n`;

test('a signed message is not changed: with 8 bits it goes back (5.6.3), with a long line alone it goes as it is', async () => {
  await open([]);
  await aliceSends(SIGNED(utf8('é')));
  await untilMail(world.crepes, 'alice', 1);
  const [report = ''] = await readMailbox(world.crepes, ALICE);
  expect(report).toContain('Status: 5.6.3');
  expect(report).toMatch(/mx\.sink\.example does not offer 8BITMIME, and a part of it that does not fit is signed/);
  expect(sink.messages).toEqual([]);
  await aliceSends(SIGNED('x'.repeat(1500)));
  const { octets } = await arrived();
  const signed = SIGNED('x'.repeat(1500));
  expect(octets.toString('latin1')).toContain(signed.slice(signed.indexOf('\r\n--s\r\n')));
});
