/**
 * Postfix with a configuration and a queue of its own, on one address. Its durability is what it comes with: a message is fsynced in
 * the queue before 250, and in the Maildir before it leaves the queue.
 */
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Server, startDaemon } from '../processes.ts';
import { MAIL_USER } from './mail-user.ts';

export const SMTP_PORT = 25;
const DAEMONS = '/usr/lib/postfix/sbin';
/** How often it is looked whether all processes have ended, and the time between, in milliseconds. */
const ENDING_LOOKS = 200;
const ENDING_LOOK_MS = 20;
/** Folders of a queue that belong to Postfix's own user, and those that its group for submission may write to. */
const QUEUES = 'active bounce corrupt defer deferred flush hold incoming private saved trace'.split(' ');
const SHARED_QUEUES = ['maildrop', 'public'];
const SERVICES = `
cleanup   unix  n - n -    0 cleanup
qmgr      unix  n - n 300  1 qmgr
rewrite   unix  - - n -    - trivial-rewrite
bounce    unix  - - n -    0 bounce
defer     unix  - - n -    0 bounce
trace     unix  - - n -    0 bounce
verify    unix  - - n -    1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n -    - proxymap
smtp      unix  - - n -    - smtp
showq     unix  n - n -    - showq
error     unix  - - n -    - error
retry     unix  - - n -    - error
virtual   unix  - n n -    - virtual
lmtp      unix  - - n -    - lmtp
anvil     unix  - - n -    1 anvil
scache    unix  - - n -    1 scache
`;

/** What one Postfix is to do with mail. */
export interface PostfixSettings {
  readonly folder: string;
  readonly address: string;
  /** Accounts of this domain have a Maildir in `folder`/mail. */
  readonly domain: string;
  readonly accounts: readonly string[];
  /** Lines of main.cf besides. */
  readonly settings?: readonly string[];
}

export function startPostfix(
  name: string,
  { folder, address, domain, accounts, settings = [] }: PostfixSettings,
): Server {
  const user = numberIn('/etc/passwd', 'postfix', 2);
  const group = numberIn('/etc/passwd', 'postfix', 3);
  const queue = join(folder, 'queue');
  for (const at of [queue, join(queue, 'pid'), join(folder, 'mail')]) mkdirSync(at, { recursive: true });
  for (const one of QUEUES) makeOwned(join(queue, one), user, group, 0o700);
  const postdrop = numberIn('/etc/group', 'postdrop', 2);
  for (const one of SHARED_QUEUES) makeOwned(join(queue, one), user, postdrop, 0o730);
  makeOwned(join(folder, 'data'), user, group, 0o700);
  chownSync(join(folder, 'mail'), MAIL_USER.uid, MAIL_USER.gid);
  const mailboxes = accounts.map((account) => `{ ${account}@${domain} = ${account}/ }`);
  writeFileSync(
    join(folder, 'main.cf'),
    `compatibility_level = 3.6
queue_directory = ${queue}
data_directory = ${join(folder, 'data')}
daemon_directory = ${DAEMONS}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_bind_address = ${address}
myhostname = mail.${domain}
mydestination =
alias_maps =
mynetworks = 127.0.0.0/8
disable_dns_lookups = yes
virtual_mailbox_domains = ${domain}
virtual_mailbox_base = ${join(folder, 'mail')}
virtual_mailbox_maps = inline:{ ${mailboxes.join(', ')} }
virtual_mailbox_limit = 0
virtual_uid_maps = static:${MAIL_USER.uid}
virtual_gid_maps = static:${MAIL_USER.gid}
${settings.join('\n')}
`,
  );
  // An address of loopback that no interface names may be listened on here, not by `inet_interfaces`.
  writeFileSync(join(folder, 'master.cf'), `${address}:${SMTP_PORT} inet n - n - - smtpd${SERVICES}`);
  // It makes a process group of its own, which is what it ends at SIGTERM.
  const master = startDaemon(name, [join(DAEMONS, 'master'), '-c', folder], address, SMTP_PORT);
  // What is typed at the terminal does not reach a process group of its own.
  const kill = () => killGroup(master.pid);
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    await master.stop();
    await untilGroupEnded(master.pid);
  };
  return { ...master, stop };
}

/** What master has started ends a moment after it, and until then may write into the queue. */
async function untilGroupEnded(group: number): Promise<void> {
  for (let left = ENDING_LOOKS; left > 0 && isThere(group); left -= 1) await pause(ENDING_LOOK_MS);
  killGroup(group);
}

function isThere(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

function killGroup(group: number): void {
  if (isThere(group)) process.kill(-group, 'SIGKILL');
}

function makeOwned(path: string, uid: number, gid: number, mode: number): void {
  mkdirSync(path, { recursive: true });
  chownSync(path, uid, gid);
  chmodSync(path, mode);
}

/** A line of /etc/passwd or /etc/group that begins with a name: what stands at a place of it. */
function numberIn(file: string, name: string, place: number): number {
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${name}:`));
  if (line === undefined) throw new Error(`${name} is not in ${file}: install Postfix as the package does`);
  return Number(line.split(':')[place]);
}
