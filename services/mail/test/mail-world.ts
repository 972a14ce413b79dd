import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, TEST_NET, type TestHost } from '#shared/host/test-host.ts';
import type { Report } from '#shared/report.ts';
import { program } from '../src/program.ts';
import { eventually } from './eventually.ts';
import { LineClient } from './line-client.ts';

export { eventually } from './eventually.ts';
export { LineClient } from './line-client.ts';

/** The folders of the two mail hosts of the lab. */
const HOSTS = new URL('../../../infra/hosts/', import.meta.url).pathname;

/** Pauses between tries, in milliseconds: so long that none is made while a test looks, until the test moves the clock. */
export const RETRY_MS = [600_000, 3_600_000] as const;

/** A log-in takes no longer than it must, and what is slow only because the machine is busy has its time. */
const PATIENT = {
  LOGIN_DELAY_MS: '5',
  RETRY_S: RETRY_MS.map((ms) => ms / 1_000).join(' '),
  CONNECT_TIMEOUT_MS: '60000',
};

export interface MailHost {
  readonly host: TestHost;
  running: Running;
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface MailWorld {
  readonly crepes: MailHost;
  readonly hamburger: MailHost;
  end(): Promise<void>;
}

export interface WorldOptions {
  readonly crepes?: Readonly<Record<string, string>>;
  readonly hamburger?: Readonly<Record<string, string>>;
  readonly crepesDir?: string;
  readonly hamburgerDir?: string;
  readonly mailExchanges?: Readonly<Record<string, readonly { preference: number; exchange: string }[]>>;
  readonly names?: Readonly<Record<string, readonly string[]>>;
}

/** Two mail domains that know each other by name. `area` keeps the addresses of several test files apart. */
export async function openMailWorld(area: number, options: WorldOptions = {}): Promise<MailWorld> {
  const names = {
    'mail.crepes.fr': [`${TEST_NET}.${area}.1`],
    'mail.hamburger.edu': [`${TEST_NET}.${area}.2`],
    ...options.names,
  };
  const mailExchanges = {
    'crepes.fr': [{ preference: 10, exchange: 'mail.crepes.fr' }],
    'hamburger.edu': [{ preference: 10, exchange: 'mail.hamburger.edu' }],
    ...options.mailExchanges,
  };
  const open = async (name: string, domain: string, suffix: string, dir: string | undefined, environment = {}) => {
    const host = createTestHost({ name, suffix, dir: dir ?? `${HOSTS}${name}`, names, mailExchanges });
    const full = { MAIL_DOMAIN: domain, MAIL_HOST: `mail.${domain}`, ...PATIENT, ...environment };
    const running = await startOn(program, host, full);
    const one: MailHost = {
      host,
      running,
      environment: full,
      stop: () => one.running.stop(),
      start: async () => {
        one.running = await startOn(program, host, full);
      },
    };
    return one;
  };
  const crepes = await open('mail-crepes', 'crepes.fr', `${area}.1`, options.crepesDir, options.crepes);
  const hamburger = await open('mail-hamburger', 'hamburger.edu', `${area}.2`, options.hamburgerDir, options.hamburger);
  const end = async () => {
    await Promise.all([crepes.stop(), hamburger.stop()]);
    await Promise.all([crepes.host.remove(), hamburger.host.remove()]);
  };
  return { crepes, hamburger, end };
}

/** An SMTP conversation that has said EHLO; with a user, also AUTH. */
export async function openSmtp(
  { host }: MailHost,
  port = 25,
  login?: { user: string; password: string },
): Promise<LineClient> {
  const client = new LineClient(host.address, port);
  await client.reply();
  await client.ask('EHLO client.test');
  if (login !== undefined)
    await client.ask(`AUTH PLAIN ${Buffer.from(`\0${login.user}\0${login.password}`).toString('base64')}`);
  return client;
}

export const ALICE = { user: 'alice', password: 'wonderland' };
export const BOB = { user: 'bob', password: 'patty' };

/** Sends a message as SMTP has it; `data` with CRLF and without the final dot. Gives the last reply. */
export async function sendMail(client: LineClient, from: string, to: readonly string[], data: string): Promise<string> {
  await client.ask(`MAIL FROM:<${from}>`);
  for (const one of to) await client.ask(`RCPT TO:<${one}>`);
  await client.ask('DATA');
  return client.ask(`${data}\r\n.`);
}

/** A POP3 conversation that has logged in, once the session before it has let the maildrop go. */
export async function openPop3(
  { host }: MailHost,
  { user, password }: { user: string; password: string },
): Promise<LineClient> {
  const client = new LineClient(host.address, 110);
  await client.until(/\r\n/);
  await eventually(async () => {
    client.send(`USER ${user}\r\nPASS ${password}\r\n`);
    return !(await client.until(/\r\n.*\r\n/)).includes('[IN-USE]');
  }, 'the maildrop');
  return client;
}

/** What lies in a mailbox, message by message, fetched with POP3 and left there. */
export async function readMailbox(host: MailHost, login: { user: string; password: string }): Promise<string[]> {
  const client = await openPop3(host, login);
  client.send('STAT\r\n');
  const count = Number((await client.until(/\r\n/)).split(' ')[1]);
  const messages: string[] = [];
  for (let number = 1; number <= count; number += 1) {
    client.send(`RETR ${number}\r\n`);
    const response = await client.until(/\r\n\.\r\n/);
    messages.push(response.slice(response.indexOf('\r\n') + 2, -3).replace(/^\./gm, ''));
  }
  client.send('QUIT\r\n');
  await client.until(/\r\n/);
  return messages;
}

export async function queueOf({ running }: MailHost): Promise<
  {
    id: string;
    subject: string | null;
    isHeld: boolean;
    isBeingTried: boolean;
    recipients: { address: string; kind: string; tries?: number; dueAt?: number; lastReply?: string }[];
  }[]
> {
  return ((await running.state()) as { queue: never }).queue;
}

export async function mailCount({ running }: MailHost, account: string): Promise<number> {
  const { mailboxes } = (await running.state()) as { mailboxes: Record<string, { new: number; cur: number }> };
  const counted = mailboxes[account];
  return (counted?.new ?? 0) + (counted?.cur ?? 0);
}

let marks = 0;

/** What a host has reported up to now: reports are on their way for a moment, so a mark is sent behind them. */
export async function reportsOf({ host }: MailHost): Promise<readonly Report[]> {
  marks += 1;
  const mark = `mark.${marks}`;
  host.report({ kind: 'test.mark', exchange: mark, summary: '' });
  await eventually(() => host.reported.some(({ exchange }) => exchange === mark), 'the mark');
  return host.reported.filter(({ kind }) => kind !== 'test.mark');
}

/** Waits until an account has exactly that many messages. */
export function untilMail(host: MailHost, account: string, count: number): Promise<true> {
  return eventually(async () => (await mailCount(host, account)) === count, `${count} messages for ${account}`);
}

export function untilQueueIsEmpty(host: MailHost): Promise<true> {
  return eventually(async () => (await queueOf(host)).length === 0, 'an empty queue');
}
