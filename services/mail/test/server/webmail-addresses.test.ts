import { afterEach, beforeEach, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import { shownAddress, typedDomain } from '../../src/page/shown-address.ts';
import { eventually, type MailWorld, openMailWorld, openSmtp, sendMail, untilMail } from '../mail-world.ts';
import { SmtpSink } from '../smtp-sink.ts';
import { hidden, listed, WebBrowser } from '../web-browser.ts';

const AREA = 176;
const A_LABELS = 'xn--v69ax81at0s.example';

let world: MailWorld;
let browser: WebBrowser;
let sink: SmtpSink;

beforeEach(async () => {
  world = await openMailWorld(AREA, {
    names: { 'mx.sink.example': [`${TEST_NET}.${AREA}.9`] },
    mailExchanges: { [A_LABELS]: [{ preference: 10, exchange: 'mx.sink.example' }] },
  });
  sink = await SmtpSink.open({ address: `${TEST_NET}.${AREA}.9`, extensions: ['8BITMIME'] });
  browser = new WebBrowser(world.crepes.host.address);
  await browser.logIn();
});

afterEach(async () => {
  await sink.close();
  await world.end();
});

async function sunk(): Promise<(typeof sink.messages)[number]> {
  await eventually(() => sink.messages.length > 0, 'a message');
  return sink.messages[0]!;
}

test('a domain is typed in U-labels, travels in A-labels, and is shown in U-labels (RFC 5890)', async () => {
  const page = await browser.send({
    to: 'Bob <bob@햄버거。example>',
    cc: 'DAVE@햄버거.example',
    subject: 'x',
    text: 'x',
  });
  expect(page.fields.location).toMatch(/^\/sent\//);
  const { mail, rcpt, data } = await sunk();
  expect(mail).not.toContain('SMTPUTF8');
  expect(rcpt.join()).toContain(`<bob@${A_LABELS}>`);
  expect(rcpt.join()).toContain(`<DAVE@${A_LABELS}>`);
  expect(data).toContain(`To: bob@${A_LABELS}\r\n`);
  const { html } = await browser.open('/folder/Sent/1');
  expect(html).toContain(`<span title="bob@${A_LABELS}">bob@햄버거.example</span>`);
  expect((await browser.open('/folder/Sent')).html).toContain('bob@햄버거.example');
  const reply = await browser.open('/compose?all=1&folder=Sent');
  expect(hidden(reply.html, 'to')).toBe('bob@햄버거.example');
});

test('a draft keeps such an address, and shows it as it was typed', async () => {
  const token = await browser.token();
  const kept = await browser.upload('/compose', { token, act: 'keep', to: 'bob@햄버거.example', subject: 'x' });
  const { html } = await browser.open(String(kept.fields.location));
  expect(html).toContain('name="to" value="bob@햄버거.example"');
});

test.each([
  'bob@한글/.example',
  'bob@한글%2e.example',
  'bob@xn--zz--.한글',
  'bob@한글..example',
  'bob@１２７.1',
  'bob@-햄버거-.-',
  'bob@한글_.example',
])('what is no domain in any letters is refused: %s', async (to) => {
  const page = await browser.send({ to, subject: 'x', text: 'x' });
  expect(page.status).toBe(422);
  expect(page.html).toContain(`This is no mail address: ${to}`);
});

test('a name before the @ that is not ASCII needs SMTPUTF8: what cannot be carried comes back with a sentence that says so', async () => {
  expect((await browser.send({ to: '밥@햄버거.example', subject: 'x', text: 'x' })).fields.location).toMatch(
    /^\/sent\//,
  );
  await untilMail(world.crepes, 'alice', 1);
  const [uid] = listed((await browser.open('/folder/INBOX')).html);
  const { html } = await browser.open(`/folder/INBOX/${uid}`);
  expect(html).toContain(
    `&#60;밥@${A_LABELS}&#62;: 550 5.6.7 mx.sink.example does not offer SMTPUTF8, which the message needs`,
  );
  expect(sink.messages).toEqual([]);
});

test('addresses of others are shown so, and with the letters that they travelled in', async () => {
  const client = await openSmtp(world.crepes);
  const data = `From: B <b@${A_LABELS}>\r\nTo: alice@crepes.fr\r\nSubject: x\r\n\r\nx`;
  expect(await sendMail(client, 'b@x.example', ['alice@crepes.fr'], data)).toMatch(/^250/);
  client.drop();
  await untilMail(world.crepes, 'alice', 1);
  const { html } = await browser.open('/folder/INBOX/1');
  expect(html).toContain(`<span title="b@${A_LABELS}">B &#60;b@햄버거.example&#62;</span>`);
});

test('a domain whose letters could be taken for others is shown in A-labels', () => {
  const mixed = typedDomain('p\u0430ypal.example');
  expect(mixed).toMatch(/^xn--/);
  expect(shownAddress(`a@${mixed}`)).toBe(`a@${mixed}`);
  for (const domain of ['햄버거.example', 'bücher.example', '例え.example', 'пример.example', 'παράδειγμα.example'])
    expect(shownAddress(`a@${typedDomain(domain)}`)).toBe(`a@${domain}`);
  // What only looks like A-labels stays what it is.
  for (const domain of ['xn--99999999999.example', 'xn--a.example', 'xn--.example'])
    expect(shownAddress(`a@${domain}`)).toBe(`a@${domain}`);
});
