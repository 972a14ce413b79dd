import { execFileSync } from 'node:child_process';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAIL_USER } from './mail-user.ts';
import { sampleArrival, sampleMessage } from './sample-messages.ts';

/** A tenth of the messages has no flag, the others have these. */
const FLAGS = ['S', 'S', 'S', 'RS', 'S', 'FS', 'S', 'S', 'S', ''] as const;

/** Makes a Maildir with so many messages, as another program would leave it: names with sizes, everything in cur, no index. */
export function makeMaildir(folder: string, messages: number): void {
  for (const part of ['tmp', 'new', 'cur']) mkdirSync(join(folder, part), { recursive: true });
  for (let number = 0; number < messages; number += 1) {
    const message = sampleMessage(number);
    const stored = Buffer.from(message.replaceAll('\r\n', '\n'));
    const arrivedS = sampleArrival(number) / 1000;
    const sizes = `S=${stored.length},W=${Buffer.byteLength(message)}`;
    const path = join(
      folder,
      'cur',
      `${Math.floor(arrivedS)}.M${number}P1Q${number}.bench,${sizes}:2,${FLAGS[number % FLAGS.length]}`,
    );
    writeFileSync(path, stored);
    utimesSync(path, arrivedS, arrivedS);
  }
}

/** A copy with files of its own. Where `owner` is wanted it belongs to the user of Dovecot's and Postfix's mailboxes. */
export function copyMaildir(from: string, to: string, owner: 'mail' | 'root'): void {
  mkdirSync(join(to, '..'), { recursive: true });
  execFileSync('cp', ['-a', `${from}/.`, to]);
  if (owner === 'mail') execFileSync('chown', ['-R', `${MAIL_USER.uid}:${MAIL_USER.gid}`, to]);
}
