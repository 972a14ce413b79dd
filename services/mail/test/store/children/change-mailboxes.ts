/**
 * Changes two mailboxes without end, and writes down what it was told as soon as it is told: another process kills this one and
 * compares. A line is `arrived MAILBOX UID MODSEQ LETTER`, `flagged MAILBOX UID MODSEQ FLAGS` or `expunged MAILBOX UID MODSEQ`,
 * `put LETTER` when a message was acknowledged, `doomed LETTER` before one is removed.
 */
import { writeSync } from 'node:fs';
import { LabClock } from '#shared/host/clock.ts';
import { MailStore } from '../../../src/store/mail-store.ts';
import type { Mailbox } from '../../../src/store/mailbox.ts';

const [, , root = '', firstLetter = '0'] = process.argv;
const store = new MailStore(root, new LabClock(() => Date.now()), 'mail.test');
await store.open(['alice']);
const inbox = store.inbox('alice');
const trash = (await store.folders('alice').mailbox('Trash'))!;
const told = (line: string) => writeSync(1, `${line}\n`);

async function* letter(number: number): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`Subject: ${number}\r\n\r\n`);
}

async function watch(name: string, mailbox: Mailbox): Promise<void> {
  await mailbox.messages();
  mailbox.subscribe((change) => {
    if (change.kind === 'flagged') told(`flagged ${name} ${change.uid} ${change.modseq} ${change.flags || '-'}`);
    if (change.kind === 'expunged') told(`expunged ${name} ${change.uid} ${change.modseq}`);
    if (change.kind === 'arrived')
      void mailbox
        .facts([change.uid])
        .then(([facts]) => facts && told(`arrived ${name} ${change.uid} ${change.modseq} ${facts.subject}`));
  });
}

async function put(from: number): Promise<never> {
  for (let number = from; ; number += 4) {
    await inbox.append(letter(number), number % 3 === 0 ? { flags: 'S' } : {});
    told(`put ${number}`);
  }
}

async function change(seed: number): Promise<never> {
  for (let step = seed; ; step += 1) {
    const [from, to] = step % 5 === 0 ? [trash, inbox] : [inbox, trash];
    const uids = (await from.messages()).messages.map(({ uid }) => uid);
    const some = uids.filter((uid) => (uid + step) % 4 === 0).slice(0, 5);
    await from.setFlagsOf(some, (flags) => (flags.includes('F') ? flags.replace('F', '') : `${flags}F`));
    await from.move(some.slice(0, 3), to).catch(() => {});
    if (uids.length > 30) await remove(from, uids.slice(0, 3));
  }
}

async function remove(mailbox: Mailbox, uids: readonly number[]): Promise<void> {
  for (const facts of await mailbox.facts(uids)) if (facts !== null) told(`doomed ${facts.subject}`);
  await mailbox.expunge(uids);
}

await Promise.all([watch('INBOX', inbox), watch('Trash', trash)]);
told('ready');
const first = Number(firstLetter);
await Promise.all([put(first), put(first + 1), put(first + 2), put(first + 3), change(1), change(2)]);
