/**
 * Hostile octets at every way into a mail server: SMTP on 25, 587 and 465, POP3 and IMAP, without TLS, with STARTTLS and with TLS from
 * the beginning. Nothing may crash, hang or grow, every session stays in step or is closed, and as many messages are stored
 * as were acknowledged.
 *
 *   npm run bench -- mail-fuzz [how many clients, 30,000 by default]     each with other seeds
 *   npm run bench -- mail-fuzz --seed N [--seed N ...]                   those clients alone, told in full
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { showOctets } from '#shared/http/test/fuzz/show-octets.ts';
import { DOMAIN, PASSWORD } from '../services/mail/test/fuzz/dialogues.ts';
import { type Finding, FUZZED_ACCOUNTS, MailFuzz, USERS } from '../services/mail/test/fuzz/mail-fuzz.ts';
import { figure } from './figure.ts';
import { makeMaildir } from './mail/maildir.ts';
import { ourMaildir, startOurMail } from './mail/our-mail.ts';
import { residentMb, type Server } from './processes.ts';

const NET = '127.68';
const CASES = 30_000;
const LANES = 24;
/** After so long a run ends, whatever is left of it, in milliseconds. */
const RUN_MS_MAX = 20 * 60_000;
/** Parts of a run, after each of which the memory is read; in the first ones a program fills what it keeps. */
const PARTS = 10;
const WARM_UP_PARTS = 3;
/** How much more memory the rest may take, in megabytes: what a garbage collector leaves lying about. */
const GROWTH_MB_MAX = 40;
/** How long after the last client connections may stay, in milliseconds. */
const IDLE_MS = 3_000;
/** Messages that lie in each mailbox at the start of a part. */
const MESSAGES = 12;
/** Findings of one kind that are told in full, and octets of each. */
const TOLD_MAX = 3;
const TOLD_OCTETS_MAX = 4_000;
/** A wrong password is not waited for; clients are as many as are wanted. With little room for garbage, what stays is what is kept. */
const ENVIRONMENT = {
  NODE_OPTIONS: '--max-semi-space-size=2 --max-old-space-size=128',
  LOGIN_DELAY_MS: '0',
};
/** The state of a connection that stands, as /proc/net/tcp has it. */
const ESTABLISHED = '01';

export async function benchMailFuzz(): Promise<void> {
  const words = process.argv.slice(3);
  const seeds = words.flatMap((word, at) => (word === '--seed' ? [Number(words[at + 1])] : []));
  const cases = Number(words.find((word, at) => /^\d+$/.test(word) && words[at - 1] !== '--seed') ?? CASES);
  const folder = mkdtempSync(join(tmpdir(), 'topdown-fuzz-mail-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const address = `${NET}.1.1`;
  fillMailboxes(folder);
  const given = { folder, address, domain: DOMAIN, accounts: FUZZED_ACCOUNTS, password: PASSWORD };
  const server = await startOurMail('mail', { ...given, environment: ENVIRONMENT });
  const fuzz = new MailFuzz({ address, stateDir: join(folder, 'state'), from: `${NET}.100.1` });
  try {
    if (seeds.length > 0) await replay(fuzz, seeds);
    else await fuzzAll(fuzz, server, folder, cases);
  } finally {
    await server.stop();
  }
}

function fillMailboxes(folder: string): void {
  for (const account of USERS) makeMaildir(ourMaildir(folder, account), MESSAGES);
}

async function replay(fuzz: MailFuzz, seeds: readonly number[]): Promise<void> {
  for (const seed of seeds) {
    const { one, heard } = await fuzz.replay(seed);
    const { protocol, port, tls } = one.door;
    process.stdout.write(`\nseed ${seed}: ${protocol} on port ${port}, TLS ${tls}${one.leaves ? ', leaves' : ''}\n`);
    process.stdout.write(
      `  the client sends (steps end at ‖)\n${shown(one.steps.map(({ text }) => text).join('‖'))}\n`,
    );
    process.stdout.write(`  and hears\n${shown(heard)}\n`);
  }
  await fuzz.compareWithStored();
  tell(fuzz.findings);
}

async function fuzzAll(fuzz: MailFuzz, server: Server, folder: string, cases: number): Promise<void> {
  const begun = performance.now();
  const resident: number[] = [];
  for (let part = 0; part < PARTS; part += 1) {
    await fuzz.run(Math.ceil(cases / PARTS), LANES, Math.floor(begun) + part, begun + RUN_MS_MAX);
    resident.push(residentMb(server.pid));
    fillMailboxes(folder);
  }
  await pause(IDLE_MS);
  const seconds = (performance.now() - begun) / 1000;
  process.stdout.write(
    `mail: ${fuzz.cases} hostile clients, ${fuzz.octets} octets of answers, ${fuzz.messages} messages acknowledged, ${fuzz.canaries} canaries served, ${seconds.toFixed(0)} s\n`,
  );
  const [before, after] = [resident[WARM_UP_PARTS - 1]!, resident.at(-1)!];
  process.stdout.write(`  resident memory after each tenth, in MB: ${resident.map((mb) => mb.toFixed(0)).join(' ')}\n`);
  figure('  growth after the first tenths, in which stores fill', after - before, 'MB', GROWTH_MB_MAX);
  figure('  connections that are left', connectionsOf(server.address), '', 0);
  figure('  findings', fuzz.findings.length, '', 0);
  tell(fuzz.findings);
  if (fuzz.findings.length > 0) process.exitCode = 1;
}

/** Connections of an address that stand, as the kernel knows them: local address, port and state of /proc/net/tcp. */
function connectionsOf(address: string): number {
  const octets = address.split('.').toReversed();
  const local = octets.map((octet) => Number(octet).toString(16).padStart(2, '0').toUpperCase()).join('');
  const sockets = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  return sockets.filter((line) => {
    const [, from = '', , state] = line.trim().split(/\s+/);
    return from.startsWith(`${local}:`) && state === ESTABLISHED;
  }).length;
}

function tell(findings: readonly Finding[]): void {
  for (const [kind, alike] of Map.groupBy(findings, (finding) => finding.kind)) {
    process.stdout.write(`\n${kind}: ${alike.length}\n`);
    for (const { because, seed, heard } of alike.slice(0, TOLD_MAX)) {
      process.stdout.write(`  ${because.slice(0, TOLD_OCTETS_MAX)}\n  seed ${seed ?? 'unknown'}\n`);
      if (heard !== '') process.stdout.write(`  the client heard\n${shown(heard)}\n`);
    }
  }
}

function shown(text: string): string {
  return showOctets(text.length > TOLD_OCTETS_MAX ? `${text.slice(0, TOLD_OCTETS_MAX)}...` : text);
}
