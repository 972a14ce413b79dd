import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { partOctets } from '../../src/protocol/message-part.ts';
import { bodyOf, readMessage } from '../../src/protocol/mime-message.ts';
import { attachedOctetsMax } from '../../src/server/webmail/attachments.ts';
import { ALICE, BOB, eventually, type MailWorld, openMailWorld, readMailbox, untilMail } from '../mail-world.ts';
import { hidden, type Upload, WebBrowser, type WebPage } from '../web-browser.ts';

const MESSAGE_OCTETS_MAX = 2_000_000;

let world: MailWorld;
let browser: WebBrowser;

beforeEach(async () => {
  const limits = { MESSAGE_OCTETS_MAX: String(MESSAGE_OCTETS_MAX) };
  world = await openMailWorld(177, { crepes: limits, hamburger: limits });
  browser = new WebBrowser(world.crepes.host.address);
  await browser.logIn();
});

afterEach(() => world.end());

const FILES: readonly Upload[] = [
  { filename: 'random.bin', type: 'application/octet-stream', content: randomBytes(500_000) },
  { filename: 'lines.txt', type: 'text/plain', content: Buffer.from(`${'x'.repeat(70)}\n`.repeat(5_000)) },
  { filename: 'odd.txt', type: 'text/plain', content: Buffer.from('\r\n--edge-\r\n\n.\r'.repeat(30_000)) },
  { filename: 'small.txt', type: 'text/plain', content: Buffer.from('a line\r\nand another\r\n') },
  { filename: 'none.bin', type: 'application/zip', content: Buffer.alloc(0) },
];

function digest(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex');
}

/** The attachments of a message, each with what its octets are known by. */
function attachmentsIn(message: string): [filename: string, digest: string][] {
  const octets = Buffer.from(message, 'latin1');
  const { attachments } = readMessage(octets);
  return attachments.map((part) => [part.filename, digest(partOctets(part, bodyOf(part, octets)))]);
}

const SENT = FILES.map(({ filename, content }) => [filename, digest(content)]);

/** What a form that goes on with a draft says of it. */
function goneOn(html: string): Record<string, string | string[]> {
  const keep = [...html.matchAll(/name="keep" value="([^"]*)"/g)].map(([whole]) => hidden(whole, 'keep'));
  return { token: hidden(html, 'token'), draft: hidden(html, 'draft'), keep };
}

/** Files of forms that this process still has open. */
function openFiles(): string[] {
  const folder = `${world.crepes.host.stateDir}/webmail/`;
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return [];
    }
  });
}

test('files arrive octet for octet, all that came with one form', async () => {
  const page = await browser.send({ to: 'bob@hamburger.edu', subject: 'files', text: 'x' }, FILES);
  expect(page.fields.location).toMatch(/^\/sent\//);
  await untilMail(world.hamburger, 'bob', 1);
  const [message = ''] = await readMailbox(world.hamburger, BOB);
  expect(attachmentsIn(message)).toEqual(SENT);
});

test('files of a draft that is gone on with, and kept again, arrive octet for octet', async () => {
  const token = await browser.token();
  let kept = await browser.upload('/compose', { token, act: 'keep', subject: 'files', text: 'x' }, FILES.slice(0, 3));
  for (const more of [FILES.slice(3), []]) {
    const { html } = await browser.open(String(kept.fields.location));
    kept = await browser.upload('/compose', { ...goneOn(html), act: 'keep', subject: 'files', text: 'x' }, more);
  }
  const { html } = await browser.open(String(kept.fields.location));
  const letter = { to: 'bob@hamburger.edu', bcc: 'claire@crepes.fr', subject: 'files', text: 'x' };
  await browser.upload('/compose', { ...goneOn(html), act: 'send', ...letter });
  await untilMail(world.hamburger, 'bob', 1);
  const [message = ''] = await readMailbox(world.hamburger, BOB);
  expect(attachmentsIn(message)).toEqual(SENT);
});

test('the copy in Sent is what was sent, but for Bcc', async () => {
  const letter = { to: 'alice@crepes.fr', bcc: 'bob@hamburger.edu', subject: 'files', text: 'x' };
  await browser.send(letter, FILES);
  await untilMail(world.crepes, 'alice', 1);
  const [arrived = ''] = await readMailbox(world.crepes, ALICE);
  const { octets: sent } = await browser.open('/folder/Sent/1/raw');
  const behind = (text: string) => text.slice(text.indexOf('\r\nContent-Type: multipart/mixed'));
  expect(behind(sent.toString('latin1'))).toBe(behind(arrived));
  expect(sent.toString('latin1')).toContain('\r\nBcc: bob@hamburger.edu\r\n');
  expect(arrived).not.toContain('Bcc:');
});

test('attachments that no message has room for in base64 are refused at once, whatever they are kept as', async () => {
  const most = attachedOctetsMax(MESSAGE_OCTETS_MAX);
  expect(most).toBeLessThan((MESSAGE_OCTETS_MAX * 3) / 4);
  const file = (octets: number): Upload => ({ filename: 'f', type: 'x/y', content: Buffer.alloc(octets) });
  const letter = { to: 'bob@hamburger.edu', subject: 'x', text: 'x' };
  expect((await browser.send({ ...letter, act: 'keep' }, [file(most), file(1)])).status).toBe(413);
  const kept = await browser.send({ ...letter, act: 'keep' }, [file(most - 3_000), file(1)]);
  const { html } = await browser.open(String(kept.fields.location));
  // Those of a draft count as well.
  const more = await browser.upload('/compose', { ...goneOn(html), act: 'keep', ...letter }, [file(3_001)]);
  expect(more.status).toBe(413);
  const page = await browser.upload('/compose', { ...goneOn(html), act: 'send', ...letter });
  expect(page.fields.location).toMatch(/^\/sent\//);
});

test('files of forms lie on the disk without a name, and are gone when the form is answered, however it is', async () => {
  const letter = { to: 'bob@hamburger.edu', subject: 'x', text: 'x' };
  const answers: WebPage[] = [
    await browser.send(letter, FILES),
    await browser.send({ ...letter, to: 'nobody' }, FILES),
    await browser.send({ ...letter, token: 'of elsewhere' }, FILES),
    await browser.upload('/nothing', { token: await browser.token() }, FILES),
    await browser.send(letter, [{ filename: 'f', type: 'x/y', content: Buffer.alloc(5_000_000) }]),
  ];
  expect(answers.map(({ status }) => status)).toEqual([303, 422, 403, 404, 413]);
  await expect.poll(openFiles).toEqual([]);
  expect(readdirSync(`${world.crepes.host.stateDir}/webmail`)).toEqual([]);
});

test('a browser that goes away in the middle of a file leaves nothing behind', async () => {
  const cookie = `session=${browser.cookies.get('session')}`;
  const asking = request({
    host: world.crepes.host.address,
    port: 80,
    method: 'POST',
    path: '/compose',
    headers: {
      host: 'mail.crepes.fr',
      cookie,
      'content-type': 'multipart/form-data; boundary=x',
      'content-length': 900_000,
    },
  });
  asking.on('error', () => {});
  asking.write('--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n');
  asking.write(Buffer.alloc(400_000));
  await eventually(() => openFiles().length > 0, 'a file on the disk');
  asking.destroy();
  await eventually(() => openFiles().length === 0, 'no file on the disk');
  // Its place among the forms of the account is free again.
  const [one, other] = await Promise.all(
    [1, 2].map(() => browser.send({ to: 'claire@crepes.fr', subject: 'x', text: 'x' })),
  );
  expect([one?.status, other?.status]).toEqual([303, 303]);
});
