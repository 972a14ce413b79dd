import { join } from 'node:path';
import { cpuSeconds, type Server, untilListening } from '../processes.ts';
import { type Goal, inTurns, printMeasured, printRatios } from './comparison.ts';
import { IMAP_PORT, startDovecot } from './dovecot.ts';
import { type ImapAnswer, ImapClient } from './imap-client.ts';
import { copyMaildir } from './maildir.ts';
import { ourMaildir, startOurMail } from './our-mail.ts';
import type { Surroundings } from './surroundings.ts';

const DOMAIN = 'hamburger.edu';
export const PASSWORD = 'patty';

/** A server of mailboxes. */
export interface Mailboxes {
  readonly name: string;
  readonly server: Server;
}

/**
 * Ours and Dovecot, with the same Maildirs, one for each account, each with files of its own. Neither has seen them before.
 *
 * @param models folders of Maildirs by the accounts that get a copy
 */
export async function withMailboxes(
  { folder, net, environment }: Surroundings,
  models: ReadonlyMap<string, string>,
  measure: (servers: readonly Mailboxes[]) => Promise<void>,
): Promise<void> {
  const [own, other] = [join(folder, 'ours'), join(folder, 'dovecot')];
  for (const [account, model] of models) {
    copyMaildir(model, ourMaildir(own, account), 'root');
    copyMaildir(model, join(other, 'mail', account), 'mail');
  }
  const accounts = [...models.keys()];
  const given = { domain: DOMAIN, accounts, password: PASSWORD };
  const servers: Server[] = [];
  try {
    servers.push(await startOurMail('ours', { ...given, folder: own, address: `${net}.3.1`, environment }));
    servers.push(startDovecot('Dovecot', { folder: other, address: `${net}.3.2`, password: PASSWORD }));
    const mailboxes = servers.map((server) => ({ name: server.name, server: { ...server, port: IMAP_PORT } }));
    await Promise.all(mailboxes.map(({ server }) => untilListening(server)));
    await measure(mailboxes);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** Logs `account` in and opens its INBOX. */
export async function openInbox({ server }: Mailboxes, account: string): Promise<ImapClient> {
  const client = await ImapClient.logIn(server, account, PASSWORD);
  await client.ask('SELECT INBOX');
  return client;
}

/** One measured answer: how long it took, how much came, and the CPU time of both sides. */
export interface Asked extends ImapAnswer {
  readonly serverCpuMs: number;
  readonly clientCpuMs: number;
}

/** Runs `ask` and counts the CPU time of the server and of this process, which is the client. */
export async function counted({ server }: Mailboxes, ask: () => Promise<ImapAnswer>): Promise<Asked> {
  const [serverBefore, clientBefore] = [cpuSeconds(server.pid), process.cpuUsage()];
  const answer = await ask();
  const { user, system } = process.cpuUsage(clientBefore);
  const serverCpuMs = (cpuSeconds(server.pid) - serverBefore) * 1e3;
  return { ...answer, serverCpuMs, clientCpuMs: (user + system) / 1e3 };
}

/** Asks the same in turns and prints milliseconds, CPU time and octets. */
export async function compare(
  title: string,
  servers: readonly Mailboxes[],
  rounds: number,
  goal: Goal | null,
  ask: (server: Mailboxes, round: number) => Promise<Asked>,
): Promise<void> {
  const results = await inTurns(servers, rounds, ask);
  process.stdout.write(`\n${title}\n`);
  const measured = [...results].map(([{ name }, runs]) => ({ name, values: runs.map(({ ms }) => ms) }));
  for (const [place, [, runs]] of [...results].entries()) {
    const sum = (value: (asked: Asked) => number) => runs.reduce((total, run) => total + value(run), 0);
    const share = (100 * sum(({ clientCpuMs }) => clientCpuMs)) / sum(({ ms }) => ms);
    const cpu = `${(sum(({ serverCpuMs }) => serverCpuMs) / runs.length).toFixed(0).padStart(6)} ms CPU`;
    const octets = `${String(runs[0]!.octets).padStart(8)} octets`;
    printMeasured(measured[place]!, 'ms', `   ${cpu}   ${octets}   client busy ${share.toFixed(0)} %`);
  }
  printRatios(measured, 'time', goal);
}
