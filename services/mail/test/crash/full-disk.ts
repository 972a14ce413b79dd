/**
 * Fills a small file system with mail and makes room again: `node full-disk.ts FOLDER KEPT ADDRESS`, where FOLDER is a tmpfs of its
 * own, KEPT the octets of it that mail is not to take, and ADDRESS where mail is to be served. Prints what it has seen as JSON.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ImapClient } from '../imap-client.ts';
import { LineClient } from '../line-client.ts';
import { WebBrowser } from '../web-browser.ts';
import { KillableHost } from './killable-host.ts';

const [folder = '', kept = '0', address = ''] = process.argv.slice(2);
const stateDir = join(folder, 'state');
const host = new KillableHost({
  name: 'mail.crepes.fr',
  address,
  dir: new URL('../../../../infra/hosts/mail-crepes', import.meta.url).pathname,
  stateDir,
  domains: {},
  environment: { MAIL_DOMAIN: 'crepes.fr', MAIL_HOST: 'mail.crepes.fr', DISK_FREE_OCTETS_MIN: kept },
});
await host.start();
const client = new LineClient(address, 25);
await client.reply();
await client.ask('EHLO client.test');

const browser = new WebBrowser(address);
await browser.logIn();
// From now on the inbox has a UIDVALIDITY.
await browser.open('/folder/INBOX');

let acknowledged = 0;
const letter = `From: x@outside.example\r\nSubject: x\r\n\r\n${'A line of a letter that fills the disk.\r\n'.repeat(400)}.`;
async function send(): Promise<string> {
  for (const line of ['MAIL FROM:<x@outside.example>', 'RCPT TO:<alice@crepes.fr>', 'DATA']) {
    const answer = await client.ask(line);
    if (/^[45]/.test(answer)) {
      await client.ask('RSET');
      return answer;
    }
  }
  const answer = await client.ask(letter);
  if (answer.startsWith('250')) acknowledged += 1;
  return answer;
}

let full = '';
for (let sent = 0; sent < 200 && !full.startsWith('4'); sent += 1) full = await send();
const { bavail, bsize } = statfsSync(folder);
const imap = new ImapClient(address);
await imap.ask('LOGIN alice wonderland');
// Where mail has left some room, what came last can get its UIDs; no other door takes it.
const selected = kept === '0' ? null : await imap.reply('SELECT INBOX');
const others: string[] = [];
if (kept !== '0') {
  others.push(await imap.append('INBOX', letter));
  for (const act of ['send', 'keep']) {
    const { status, html } = await browser.send({ act, to: 'alice@crepes.fr', subject: 'x', text: 'What was typed' });
    const [, alarm] = /role="alert">([^<]*)</.exec(html) ?? [];
    others.push(`${status} ${alarm} ${html.includes('What was typed')}`);
  }
}
// What is there can be read where nothing can be written.
const readOnly: number[] = [];
if (kept !== '0') {
  execFileSync('mount', ['--bind', folder, folder]);
  execFileSync('mount', ['-o', 'remount,bind,ro', folder]);
  for (const path of ['/folder/INBOX', '/folder/INBOX/1']) readOnly.push((await browser.open(path)).status);
  execFileSync('umount', [folder]);
}
// Deliveries need room as well: what is left is taken away and given back.
const ballast = join(folder, 'ballast');
try {
  writeFileSync(ballast, Buffer.alloc(64 * 1024));
} catch {
  // Full to the last page.
}
for (let again = 0; again < 5; again += 1) await send();
const inboxPage = kept === '0' ? await browser.open('/folder/INBOX') : null;
const selectedFull = kept === '0' ? await imap.reply('SELECT INBOX') : null;
rmSync(ballast, { force: true });
const inbox = join(stateDir, 'mail', 'alice');
const files = () => ['new', 'cur'].flatMap((dir) => readdirSync(join(inbox, dir)).map((file) => join(dir, file)));
let taken = 0;
for (const file of files().slice(0, 20)) {
  rmSync(join(inbox, file));
  taken += 1;
}
const room = await send();
while ((await host.flush()).length > 0) await pause(20);
const broken = files().filter((file) => readFileSync(join(inbox, file)).length !== Number(/,S=(\d+)/.exec(file)?.[1]));
const left = [...readdirSync(join(stateDir, 'queue')), ...readdirSync(join(inbox, 'tmp'))];
client.drop();
imap.line.drop();
await host.kill();
const delivered = taken + files().length;
process.stdout.write(
  JSON.stringify({
    ...{ full, free: bavail * bsize, selected, others, selectedFull, readOnly, page: inboxPage?.html },
    ...{ room, acknowledged, delivered, broken },
    left: left.filter((file) => file !== 'journal'),
  }),
);
process.exit(0);
