import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import { KillableHost } from './killable-host.ts';
import { type Acknowledged, Load } from './load.ts';
import { MailboxReader } from './mailbox-reader.ts';

/** How often a server is killed; `ROUNDS=200` for a long run. */
const ROUNDS = Number(process.env.ROUNDS ?? 20);
/** A server lives at least and at most so long under load before it is killed, in milliseconds. */
const LIFE_MS = [30, 600] as const;
/** Queues that do not become shorter for so long never will, in milliseconds. */
const STANDSTILL_MS = 120_000;
const HOSTS = new URL('../../../../infra/hosts/', import.meta.url).pathname;
/** One of the two servers receives with threads. */
const WORKERS = { 'crepes.fr': '0', 'hamburger.edu': '2' };
const DOMAINS = {
  'crepes.fr': { name: 'mail.crepes.fr', address: `${TEST_NET}.25.1` },
  'hamburger.edu': { name: 'mail.hamburger.edu', address: `${TEST_NET}.25.2` },
};

const folder = mkdtempSync(join(tmpdir(), 'crash-'));
const hosts: KillableHost[] = [];

afterEach(async () => {
  await Promise.all(hosts.map((host) => host.kill()));
  rmSync(folder, { recursive: true, force: true });
});

function hostOf(domain: keyof typeof DOMAINS): KillableHost {
  const { name, address } = DOMAINS[domain];
  const host = new KillableHost({
    name,
    address,
    dir: `${HOSTS}mail-${domain.split('.')[0]}`,
    stateDir: join(folder, name),
    domains: DOMAINS,
    environment: {
      MAIL_DOMAIN: domain,
      MAIL_HOST: name,
      SMTP_WORKERS: WORKERS[domain],
      RETRY_S: '1',
      LOGIN_DELAY_MS: '1',
      CONNECT_TIMEOUT_MS: '1000',
    },
  });
  hosts.push(host);
  return host;
}

/** Waits until both queues are empty, as long as they become shorter. */
async function untilEmpty(...both: readonly KillableHost[]): Promise<void> {
  let shortest = Number.POSITIVE_INFINITY;
  for (let deadline = performance.now() + STANDSTILL_MS; ; await pause(500)) {
    const waiting = (await Promise.all(both.map((host) => host.flush()))).flat();
    if (waiting.length === 0) return;
    if (waiting.length < shortest) deadline = performance.now() + STANDSTILL_MS;
    shortest = Math.min(shortest, waiting.length);
    if (performance.now() > deadline)
      throw new Error(`${waiting.length} messages stay in the queues: ${JSON.stringify(waiting[0])}`);
  }
}

/** What must be in the mailbox of `address`, by the tokens of the messages. */
function promised(acknowledged: readonly Acknowledged[], address: string): string[] {
  return acknowledged.filter(({ to }) => to.includes(address)).map(({ token }) => token);
}

test(
  `after ${ROUNDS} kills at random moments every acknowledged message is delivered or bounced, and no UID was given twice`,
  async () => {
    const crepes = hostOf('crepes.fr');
    const hamburger = hostOf('hamburger.edu');
    await Promise.all([crepes.start(), hamburger.start()]);
    const at = { crepes: crepes.options.address, hamburger: hamburger.options.address };
    const alice = { server: at.crepes, user: 'alice', password: 'wonderland', from: 'alice@crepes.fr' };
    const dave = { server: at.hamburger, user: 'dave', password: 'pickles', from: 'dave@hamburger.edu' };
    const load = new Load([
      { ...alice, recipients: [['claire@crepes.fr'], ['bob@hamburger.edu']] },
      {
        ...alice,
        recipients: [['bob@hamburger.edu', 'claire@crepes.fr', 'nobody@hamburger.edu'], ['nobody@hamburger.edu']],
      },
      { ...alice, recipients: [['claire@crepes.fr', 'bob@hamburger.edu']] },
      { ...dave, recipients: [['claire@crepes.fr'], ['bob@hamburger.edu']] },
      { ...dave, recipients: [['nobody@crepes.fr'], ['bob@hamburger.edu', 'claire@crepes.fr']] },
    ]);
    const boxes = {
      'alice@crepes.fr': new MailboxReader(at.crepes, 'alice', 'wonderland'),
      'claire@crepes.fr': new MailboxReader(at.crepes, 'claire', 'fontaine'),
      'bob@hamburger.edu': new MailboxReader(at.hamburger, 'bob', 'patty'),
      'dave@hamburger.edu': new MailboxReader(at.hamburger, 'dave', 'pickles'),
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      // A reader that looks and removes at the moment of the kill is cut off in the middle of it.
      const readers = Object.values(boxes).map((box) => box.look({ expunges: round % 3 === 0 }).catch(() => {}));
      await pause(LIFE_MS[0] + Math.random() * (LIFE_MS[1] - LIFE_MS[0]));
      const victim = round % 2 === 0 ? crepes : hamburger;
      await victim.kill();
      await Promise.all(readers);
      await victim.start();
    }
    await load.stop();
    await untilEmpty(crepes, hamburger);
    for (const box of Object.values(boxes)) await box.look({ isWhole: true });

    const { acknowledged } = load;
    let copies = 0;
    for (const [address, box] of Object.entries(boxes)) {
      expect(box.faults, address).toEqual([]);
      const subjects = [...box.seen.values()].map(({ subject }) => subject);
      const arrived = new Set(subjects);
      expect(
        promised(acknowledged, address).filter((token) => !arrived.has(token)),
        `lost for ${address}`,
      ).toEqual([]);
      // A message of a user of the same host takes no hop that could end in doubt: it is there once.
      for (const { token, from, to } of acknowledged) {
        const count = subjects.filter((subject) => subject === token).length;
        const isLocal = from.split('@')[1] === address.split('@')[1];
        if (to.includes(address) && isLocal) expect(count, `${token} for ${address}`).toBe(1);
        if (to.includes(address)) copies += count - 1;
      }
    }
    for (const [address, nobody] of [
      ['alice@crepes.fr', 'nobody@hamburger.edu'],
      ['dave@hamburger.edu', 'nobody@crepes.fr'],
    ] as const) {
      const bounces = [...boxes[address].seen.values()].filter(({ failed }) => failed.includes(nobody));
      const told = bounces.map(({ returned }) => returned);
      const owed = acknowledged
        .filter(({ from, to }) => from === address && to.includes(nobody))
        .map(({ token }) => token);
      expect(
        owed.filter((token) => !told.includes(token)),
        `${address} was not told`,
      ).toEqual([]);
      expect(
        told.filter((token, index) => token !== null && told.indexOf(token) !== index),
        'told twice',
      ).toEqual([]);
    }
    for (const host of hosts) expectConsistent(host);
    // Each kill breaks off one transaction at most of each connection in doubt: some copies, of hops only.
    expect(copies).toBeLessThanOrEqual(ROUNDS * 8);
    process.stderr.write(
      `${ROUNDS} kills, ${acknowledged.length} messages acknowledged, ${copies} second copies after a hop in doubt\n`,
    );
  },
  120_000 + ROUNDS * 30_000,
);

/** Nothing half done is left: no temporary file, no message without an end, and the queue is empty. */
function expectConsistent({ options: { stateDir } }: KillableHost): void {
  expect(readdirSync(join(stateDir, 'queue')).filter((file) => file !== 'journal')).toEqual([]);
  for (const account of readdirSync(join(stateDir, 'mail'))) {
    for (const name of ['new', 'cur']) {
      const dir = join(stateDir, 'mail', account, name);
      for (const file of readdirSync(dir)) {
        const octets = readFileSync(join(dir, file));
        expect(octets.length, file).toBe(Number(/,S=(\d+)/.exec(file)?.[1]));
      }
    }
  }
}
