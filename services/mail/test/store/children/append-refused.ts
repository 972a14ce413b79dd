/** Tries to put a message into a mailbox that a limit or a right of this process keeps it from, and says what became of it. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LabClock } from '#shared/host/clock.ts';
import { isDiskFull } from '../../../src/store/file-pieces.ts';
import { MailStore } from '../../../src/store/mail-store.ts';

const [, , root = '', octets = '0'] = process.argv;
const NOBODY = 65_534;
// The superuser may write everywhere.
if (process.getuid?.() === 0) process.setuid?.(NOBODY);
const inbox = new MailStore(root, new LabClock(() => Date.now()), 'mail.test').inbox('alice');
async function* message(): AsyncGenerator<Uint8Array> {
  for (let left = Number(octets); left > 0; left -= 1000) yield Buffer.from(`${'x'.repeat(998)}\r\n`);
}
const error: NodeJS.ErrnoException | null = await inbox.append(message()).then(
  () => null,
  (failure: NodeJS.ErrnoException) => failure,
);
const left = ['tmp', 'new', 'cur'].flatMap((folder) => readdirSync(join(root, 'alice', folder)));
process.stdout.write(
  JSON.stringify({ code: error?.code ?? null, isDiskFull: isDiskFull(error ?? {}), left: left.length }),
);
