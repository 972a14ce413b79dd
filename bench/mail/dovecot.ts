import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Server, startDaemon } from '../processes.ts';
import { MAIL_USER } from './mail-user.ts';

export const IMAP_PORT = 143;
export const POP3_PORT = 110;
/** Sessions that one address may have, and processes of a service. */
const SESSIONS_MAX = 2_000;

/** What one Dovecot is to serve: `folder`/mail/ACCOUNT is a Maildir, or becomes one. */
export interface DovecotSettings {
  readonly folder: string;
  readonly address: string;
  readonly password: string;
}

/** Dovecot with Maildirs, indexes and durability as it comes; clear text, and as many sessions as a bench wants. */
export function startDovecot(name: string, { folder, address, password }: DovecotSettings): Server & { lmtp: string } {
  mkdirSync(join(folder, 'mail'), { recursive: true });
  chownSync(join(folder, 'mail'), MAIL_USER.uid, MAIL_USER.gid);
  const lmtp = join(folder, 'lmtp');
  const run = join(folder, 'run');
  mkdirSync(run, { recursive: true });
  chmodSync(run, 0o755);
  const path = join(folder, 'dovecot.conf');
  writeFileSync(
    path,
    `protocols = imap pop3 lmtp
listen = ${address}
base_dir = ${run}
state_dir = ${join(folder, 'state')}
instance_name = ${address}
log_path = /dev/null
ssl = no
disable_plaintext_auth = no
mail_location = maildir:${join(folder, 'mail')}/%n
mail_max_userip_connections = ${SESSIONS_MAX}
first_valid_uid = 0
default_process_limit = ${SESSIONS_MAX}
default_client_limit = ${4 * SESSIONS_MAX}
passdb {
  driver = static
  args = password=${password}
}
userdb {
  driver = static
  args = uid=${MAIL_USER.uid} gid=${MAIL_USER.gid} home=${join(folder, 'mail')}/%n allow_all_users=yes
}
service imap {
  process_limit = ${SESSIONS_MAX}
}
service pop3 {
  process_limit = ${SESSIONS_MAX}
}
service lmtp {
  unix_listener ${lmtp} {
    mode = 0666
  }
}
`,
  );
  return { ...startDaemon(name, ['dovecot', '-F', '-c', path], address, IMAP_PORT), lmtp };
}
