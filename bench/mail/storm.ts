import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Talk } from '../../services/mail/test/fuzz/talk.ts';
import { median } from '../figure.ts';
import { proportionalMb, type Server, untilListening } from '../processes.ts';
import { makeAccounts, openAll, SESSIONS, SETTLE_MS } from './idle.ts';
import { startOurMail } from './our-mail.ts';
import { startPostfix } from './postfix.ts';
import { withMailboxes } from './reading.ts';
import type { Surroundings } from './surroundings.ts';

const DOMAIN = 'hamburger.edu';
/** How long an answer may take, in milliseconds. */
const ANSWER_MS_MAX = 60_000;
/** Connections that are made at one time. */
const LANES = 16;

/** Very many connections that do nothing, and then all ask at once. */
export async function benchStorm(surroundings: Surroundings): Promise<void> {
  await stormImap(surroundings);
  await stormSmtp(surroundings);
}

async function stormImap(surroundings: Surroundings): Promise<void> {
  const { connections } = surroundings.size;
  const accounts = makeAccounts(surroundings, SESSIONS);
  await withMailboxes(surroundings, accounts, async (servers) => {
    process.stdout.write(`\n${connections} idle IMAP sessions, of ${SESSIONS} accounts, that all ask at once\n`);
    for (const server of servers) {
      const names = [...accounts.keys()];
      const users = Array.from({ length: connections }, (_, at) => names[at % names.length]!);
      const before = proportionalMb(server.server.pid);
      const clients = await openAll(server, users);
      const asks = clients.map((client) => async () => (await client.ask('NOOP')).ms);
      await tellStorm(server.server, before, asks, connections);
      for (const client of clients) client.close();
    }
  });
}

/** Postfix has a process for each connection: it is allowed as many as are wanted here. */
async function stormSmtp({ folder, net, environment, size }: Surroundings): Promise<void> {
  const { connections } = size;
  const given = { domain: DOMAIN, accounts: ['staff'] };
  const servers: Server[] = [];
  try {
    const ours = { ...given, folder: join(folder, 'smtp'), address: `${net}.4.1`, password: 'unused', environment };
    servers.push(await startOurMail('ours', ours));
    const settings = [`default_process_limit = ${2 * connections}`, 'smtpd_client_connection_count_limit = 0'];
    servers.push(
      startPostfix('Postfix', { ...given, folder: join(folder, 'postfix'), address: `${net}.4.2`, settings }),
    );
    await Promise.all(servers.map(untilListening));
    process.stdout.write(`\n${connections} idle SMTP connections that all ask at once\n`);
    for (const server of servers) {
      const before = proportionalMb(server.pid);
      const talks = await greetAll(server, `${net}.100.1`, connections);
      const asks = talks.map((talk) => async () => {
        const begun = performance.now();
        talk.say('NOOP\r\n');
        if (!(await talk.answer(ANSWER_MS_MAX))) throw new Error('There is no answer');
        return performance.now() - begun;
      });
      await tellStorm(server, before, asks, connections);
      for (const talk of talks) talk.break();
    }
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function greetAll(server: Server, from: string, connections: number): Promise<Talk[]> {
  const talks: Talk[] = [];
  const lane = async () => {
    while (talks.length < connections) {
      const talk = new Talk(server, from);
      talks.push(talk);
      await talk.until((heard) => heard.startsWith('220 '), ANSWER_MS_MAX);
      talk.say('EHLO client.example\r\n');
      await talk.until((heard) => /^250 .*\r\n$/m.test(heard), ANSWER_MS_MAX);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return talks;
}

/** Waits a little, lets all ask, and prints how many were answered, how quickly, and what the connections weigh. */
async function tellStorm(
  server: Server,
  megabytesBefore: number,
  asks: readonly (() => Promise<number>)[],
  connections: number,
): Promise<void> {
  await pause(SETTLE_MS);
  const grown = proportionalMb(server.pid) - megabytesBefore;
  const begun = performance.now();
  const answers = await Promise.allSettled(asks.map((ask) => ask()));
  const ms = performance.now() - begun;
  const times = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const verdict = times.length === connections ? 'all answered' : `${times.length} ANSWERED`;
  process.stdout.write(
    `${server.name.padEnd(24)} ${verdict} in ${ms.toFixed(0)} ms (median ${median(times).toFixed(0)} ms), ${grown.toFixed(1)} MB more than before\n`,
  );
}
