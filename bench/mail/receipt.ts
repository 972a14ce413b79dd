import { join } from 'node:path';
import { type Server, untilListening } from '../processes.ts';
import { type Goal, inTurns, type Measured, printMeasured, printRatios } from './comparison.ts';
import { startDovecot } from './dovecot.ts';
import { ourMaildir, startOurMail } from './our-mail.ts';
import { startPostfix } from './postfix.ts';
import { type BurstResult, type Receiver, type SmtpBurst, sendBurst } from './smtp-load.ts';
import type { Surroundings } from './surroundings.ts';

const DOMAIN = 'hamburger.edu';
const GOAL: Goal = { name: 'Postfix', direction: 'at least', times: 2 };

/** Bursts, and which of them has a goal. */
interface Bursts {
  readonly title: string;
  readonly burst: SmtpBurst;
  readonly goal: Goal | null;
}

/** Ours where port 25 has a thread of its own, as Postfix has processes. */
const THREADED = 'ours, SMTP_WORKERS=1';

/**
 * From the first connection until the last message is in the Maildir, ours as it comes and with a receiving thread, beside
 * Postfix with its own delivery, and with Dovecot's. Each burst goes to a mailbox of its own; one as large goes ahead, so that
 * code is compiled and processes are there.
 */
export async function benchReceipt({ folder, net, environment, size }: Surroundings): Promise<void> {
  const bursts: readonly Bursts[] = [
    { title: '4 KiB, 10 sessions', burst: { messages: size.messages, octets: 4_096, sessions: 10 }, goal: GOAL },
    { title: '4 KiB, 1 session', burst: { messages: size.messages / 4, octets: 4_096, sessions: 1 }, goal: null },
    { title: '1 MiB, 10 sessions', burst: { messages: size.messages / 20, octets: 2 ** 20, sessions: 10 }, goal: null },
  ];
  const accounts = [
    'warm',
    ...bursts.flatMap((_, at) => Array.from({ length: size.rounds }, (__, round) => accountOf(at, round))),
  ];
  const servers: Server[] = [];
  try {
    const receivers = await startReceivers(folder, net, environment, accounts, servers);
    for (const receiver of receivers)
      await sendBurst(receiver, 'warm', { messages: size.messages, octets: 4_096, sessions: 10 });
    for (const [at, { title, burst, goal }] of bursts.entries()) {
      const results = await inTurns(receivers, size.rounds, (receiver, round) =>
        sendBurst(receiver, accountOf(at, round), burst),
      );
      printBurst(
        `Received and delivered to a Maildir, ${title}, ${burst.messages} messages a round`,
        results,
        burst,
        goal,
      );
    }
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

function accountOf(burst: number, round: number): string {
  return `burst${burst}round${round}`;
}

async function startReceivers(
  folder: string,
  net: string,
  environment: Surroundings['environment'],
  accounts: readonly string[],
  servers: Server[],
): Promise<readonly Receiver[]> {
  const at = (name: string) => join(folder, name);
  const given = { domain: DOMAIN, accounts };
  const ours = await startOurMail('ours', {
    ...given,
    folder: at('ours'),
    address: `${net}.1.1`,
    password: 'unused',
    environment,
  });
  servers.push(ours);
  const threaded = await startOurMail(THREADED, {
    ...given,
    folder: at('ours-threaded'),
    address: `${net}.1.5`,
    password: 'unused',
    environment: { ...environment, SMTP_WORKERS: '1' },
  });
  servers.push(threaded);
  const postfix = startPostfix('Postfix', { ...given, folder: at('postfix'), address: `${net}.1.2` });
  servers.push(postfix);
  const dovecot = startDovecot('Dovecot', { folder: at('dovecot'), address: `${net}.1.3`, password: 'unused' });
  servers.push(dovecot);
  const settings = [`virtual_transport = lmtp:unix:${dovecot.lmtp}`];
  const both = startPostfix('Postfix + Dovecot LMTP', {
    ...given,
    folder: at('postfix-lmtp'),
    address: `${net}.1.4`,
    settings,
  });
  servers.push(both);
  await Promise.all(servers.map(untilListening));
  const deliveredBy = (server: Server, maildirs: string, others: readonly Server[] = []): Receiver => ({
    name: server.name,
    server,
    servers: [server, ...others],
    domain: DOMAIN,
    maildirOf: (account) => join(maildirs, account),
  });
  return [
    { ...deliveredBy(ours, ''), maildirOf: (account) => ourMaildir(at('ours'), account) },
    { ...deliveredBy(threaded, ''), maildirOf: (account) => ourMaildir(at('ours-threaded'), account) },
    deliveredBy(postfix, join(at('postfix'), 'mail')),
    deliveredBy(both, join(at('dovecot'), 'mail'), [dovecot]),
  ];
}

/** The table of one kind of burst; used for relaying as well. */
export function printBurst(
  title: string,
  results: ReadonlyMap<Receiver, readonly BurstResult[]>,
  { messages }: SmtpBurst,
  goal: Goal | null,
): void {
  process.stdout.write(`\n${title}\n`);
  const measured = (value: (result: BurstResult) => number) =>
    [...results].map(([{ name }, runs]) => ({ name, values: runs.map(value) }));
  const delivered = measured(({ deliveredS }) => messages / deliveredS);
  const accepted = measured(({ acceptedS }) => messages / acceptedS);
  const cpu = measured(({ cpuS }) => (cpuS / messages) * 1e3);
  for (const [place, one] of delivered.entries()) {
    printMeasured(
      one,
      'delivered/s',
      `   ${middle(accepted[place]!.values)} accepted/s   ${middle(cpu[place]!.values)} ms CPU each`,
    );
  }
  // What is ours is not compared with itself.
  const others = (measures: readonly Measured[]) => measures.filter(({ name }) => !name.startsWith('ours'));
  for (const [place, one] of delivered.entries()) {
    if (!one.name.startsWith('ours')) continue;
    printRatios([one, ...others(delivered)], 'delivered', goal);
    printRatios([cpu[place]!, ...others(cpu)], 'CPU each', null);
  }
}

function middle(values: readonly number[]): string {
  const value = values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
  return value.toFixed(value < 100 ? 2 : 0).padStart(6);
}
