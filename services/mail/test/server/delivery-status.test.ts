import { type ParsedMail, simpleParser } from 'mailparser';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import { ALICE, type MailWorld, openMailWorld, openSmtp, readMailbox, untilMail } from '../mail-world.ts';
import { SmtpSink } from '../smtp-sink.ts';

const LETTER = 'From: alice@crepes.fr\r\nTo: x@sink.example\r\nSubject: a letter\r\n\r\nThe text of the letter.';

let world: MailWorld;
let sink: SmtpSink;

beforeEach(async () => {
  world = await openMailWorld(28, {
    names: { 'mx.sink.example': [`${TEST_NET}.28.9`] },
    mailExchanges: { 'sink.example': [{ preference: 1, exchange: 'mx.sink.example' }] },
  });
  sink = await SmtpSink.open({
    address: `${TEST_NET}.28.9`,
    answer: (verb, line) => {
      if (verb !== 'RCPT' || line.includes('good')) return undefined;
      return line.includes('later') ? '450-4.2.0 not\r\n450 4.2.0 now\r\n' : '550 5.1.1 nobody of that name\r\n';
    },
  });
});

afterEach(async () => {
  await sink.close();
  await world.end();
});

async function aliceSends(mail: string, ...rcpt: string[]): Promise<void> {
  const client = await openSmtp(world.crepes, 587, ALICE);
  expect(await client.ask(`MAIL FROM:<alice@crepes.fr>${mail}`)).toMatch(/^250/);
  for (const one of rcpt) expect(await client.ask(`RCPT TO:${one}`)).toMatch(/^250/);
  await client.ask('DATA');
  expect(await client.ask(`${LETTER}\r\n.`)).toMatch(/^250/);
  client.drop();
}

/** The reports in alice's mailbox, as another library reads them: the message, and the text of each part by its type. */
async function reports(count: number): Promise<{ mail: ParsedMail; raw: string; parts: Record<string, string> }[]> {
  await untilMail(world.crepes, 'alice', count);
  const messages = await readMailbox(world.crepes, ALICE);
  return Promise.all(
    messages.map(async (raw) => {
      const mail = await simpleParser(raw, { keepDeliveryStatus: true });
      const parts = mail.attachments.map(({ contentType, content }) => [contentType, content.toString()] as const);
      return { mail, raw, parts: Object.fromEntries(parts) };
    }),
  );
}

function fieldsOf(text = ''): Record<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.includes(': '));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
}

test('a bounce is from nobody, and another library finds in it what people and programs need (RFC 3464)', async () => {
  await aliceSends(
    ' RET=FULL ENVID=order+2B7',
    '<x@sink.example> NOTIFY=FAILURE ORCPT=rfc822;first+2Bname@sink.example',
  );
  const [report] = await reports(1);
  const { mail, raw, parts } = report!;
  expect(raw).toMatch(/^Return-Path: <>\r\n/);
  expect(mail.headers.get('auto-submitted')).toBe('auto-replied');
  expect(mail.headers.get('content-type')).toMatchObject({
    value: 'multipart/report',
    params: { 'report-type': 'delivery-status' },
  });
  expect(mail.from?.value).toEqual([{ name: 'Mail server', address: 'MAILER-DAEMON@crepes.fr' }]);
  expect(mail.to).toMatchObject({ text: 'alice@crepes.fr' });
  expect(mail.subject).toBe('Undelivered mail returned to sender');
  expect(mail.inReplyTo).toMatch(/^<.+@mail\.crepes\.fr>$/);
  expect(mail.text).toContain('<x@sink.example>: host mx.sink.example said: 550 5.1.1 nobody of that name');
  expect(fieldsOf(parts['message/delivery-status'])).toMatchObject({
    'Original-Envelope-Id': 'order+7',
    'Reporting-MTA': 'dns; mail.crepes.fr',
    'Arrival-Date': expect.stringMatching(/^\w{3}, \d+ \w{3} \d{4} [\d:]{8} \+0000$/),
    'Original-Recipient': 'rfc822;first+name@sink.example',
    'Final-Recipient': 'rfc822; x@sink.example',
    Action: 'failed',
    Status: '5.1.1',
    'Remote-MTA': 'dns; mx.sink.example',
    'Diagnostic-Code': 'smtp; 550 5.1.1 nobody of that name',
  });
  const returned = await simpleParser(parts['message/rfc822'] ?? '');
  expect(returned.subject).toBe('a letter');
  expect(returned.text).toContain('The text of the letter.');
});

test('RET=HDRS returns the header section alone', async () => {
  await aliceSends(' RET=HDRS', '<x@sink.example>');
  const [report] = await reports(1);
  expect(report?.parts['text/rfc822-headers']).toContain('Subject: a letter');
  expect(report?.raw).not.toContain('The text of the letter.');
});

test('one report tells of all recipients of one fate, and of none of another', async () => {
  await aliceSends('', '<x@sink.example>', '<y@sink.example>', '<good@sink.example>', '<later@sink.example>');
  const [report] = await reports(1);
  const status = report?.parts['message/delivery-status'] ?? '';
  expect([...status.matchAll(/^Final-Recipient: rfc822; (\S+)/gm)].map((match) => match[1])).toEqual([
    'x@sink.example',
    'y@sink.example',
  ]);
  expect(await readMailbox(world.crepes, ALICE)).toHaveLength(1);
});

test('NOTIFY decides: NEVER none, SUCCESS none of a failure, DELAY one of a delay with the time of the last try', async () => {
  await aliceSends('', '<x@sink.example> NOTIFY=NEVER');
  await aliceSends('', '<y@sink.example> NOTIFY=SUCCESS,DELAY');
  await aliceSends('', '<later@sink.example> NOTIFY=DELAY');
  await aliceSends('', '<z@sink.example>');
  expect((await reports(1))[0]?.parts['message/delivery-status']).toContain('Final-Recipient: rfc822; z@sink.example');
  world.crepes.host.clock.advance(5 * 3_600_000);
  const [, delayed] = await reports(2);
  const fields = fieldsOf(delayed?.parts['message/delivery-status']);
  expect(fields).toMatchObject({ Action: 'delayed', Status: '4.2.0', 'Diagnostic-Code': 'smtp; 450 4.2.0 not now' });
  expect(Date.parse(fields['Will-Retry-Until'] ?? '') - Date.parse(fields['Arrival-Date'] ?? '')).toBe(432_000_000);
});

test('a success is told as "delivered" by the server of the mailbox, as "relayed" where the next one knows no DSN', async () => {
  await aliceSends('', '<claire@crepes.fr> NOTIFY=SUCCESS', '<good@sink.example> NOTIFY=SUCCESS');
  const actions = (await reports(2)).map(({ parts }) => fieldsOf(parts['message/delivery-status']));
  expect(actions.map((fields) => [fields['Final-Recipient'], fields.Action]).sort()).toEqual([
    ['rfc822; claire@crepes.fr', 'delivered'],
    ['rfc822; good@sink.example', 'relayed'],
  ]);
});
