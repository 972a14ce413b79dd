import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Server, startOurs } from '../processes.ts';
import { SMTP_PORT } from './postfix.ts';

/** What one of our mail servers is to serve: the mailboxes of the accounts are in `folder`/state/mail. */
export interface OurMailSettings {
  readonly folder: string;
  readonly address: string;
  readonly domain: string;
  readonly accounts: readonly string[];
  readonly password: string;
  /** Lines of the file of aliases besides. */
  readonly aliases?: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Connections of one address: a bench is one. What is left out is as in the lab. */
const CONNECTIONS = { CONNECTIONS_MAX: '2000', CONNECTIONS_PER_CLIENT_MAX: '2000' };
/** As docker-compose.yml has it for mail hosts. */
const THREADS = { UV_THREADPOOL_SIZE: '16' };

export function startOurMail(name: string, settings: OurMailSettings): Promise<Server> {
  const { folder, address, domain, accounts, password, aliases = '', environment } = settings;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'accounts'), accounts.map((account) => `${account}:{PLAIN}${password}\n`).join(''));
  writeFileSync(join(folder, 'aliases'), `postmaster: ${accounts[0]}\n${aliases}`);
  const domains = { MAIL_DOMAIN: domain, MAIL_HOST: `mail.${domain}` };
  const words = { ...THREADS, ...CONNECTIONS, ...domains, ...environment };
  return startOurs(name, { program: 'mail', address, port: SMTP_PORT, folder, environment: words });
}

/** The Maildir of an account, whether it exists or not. */
export function ourMaildir(folder: string, account: string): string {
  return join(folder, 'state', 'mail', account);
}
