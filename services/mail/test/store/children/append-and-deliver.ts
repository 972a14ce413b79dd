/** Puts one message of a client and one of the queue into a mailbox, for a test that looks at the calls to the kernel. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabClock } from '#shared/host/clock.ts';
import { MailStore } from '../../../src/store/mail-store.ts';

const [, , root = ''] = process.argv;
const store = new MailStore(join(root, 'mail'), new LabClock(() => Date.now()), 'mail.test');
await store.open(['alice']);
const inbox = store.inbox('alice');
async function* message(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('Subject: appended\r\n\r\n');
  yield Buffer.from('x\r\n');
}
const { uids } = await inbox.add([{ message: message() }]);
writeFileSync(join(root, 'acknowledged-1'), String(uids));
writeFileSync(join(root, 'queued'), 'Subject: queued\n\nx\n');
await inbox.deliver(join(root, 'queued'), '1795146873.M1Qq1.mail.test,S=19,W=22');
writeFileSync(join(root, 'acknowledged-2'), 'x');
await inbox.messages();
await inbox.move([1], (await store.folders('alice').mailbox('Trash'))!);
writeFileSync(join(root, 'acknowledged-3'), 'x');
