import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, TEST_NET } from '#shared/host/test-host.ts';
import { showOctets } from '#shared/http/test/fuzz/show-octets.ts';
import { program } from '../../src/program.ts';
import { DOMAIN, PASSWORD } from '../fuzz/dialogues.ts';
import { FUZZED_ACCOUNTS, MailFuzz, USERS } from '../fuzz/mail-fuzz.ts';

/** Clients; `npm run bench -- mail-fuzz` takes many more, with other seeds, and reads the memory. */
const CLIENTS = 250;
const LANES = 16;
const SEED = 5;
const BLOCK = 228;
const RUN_MS_MAX = 60_000;
/** With what is waited for at the end. */
const FUZZ_MS_MAX = 300_000;
const MESSAGES = ['one', 'two', 'three'];

const dir = mkdtempSync(join(tmpdir(), 'topdown-mail-fuzz-'));
const host = createTestHost({ name: 'mail', suffix: `${BLOCK}.1`, dir });
let running: Running;

beforeAll(async () => {
  writeFileSync(join(dir, 'accounts'), FUZZED_ACCOUNTS.map((account) => `${account}:{PLAIN}${PASSWORD}\n`).join(''));
  writeFileSync(join(dir, 'aliases'), `postmaster: ${FUZZED_ACCOUNTS[0]}\n`);
  for (const account of USERS) fillMaildir(join(host.stateDir, 'mail', account));
  const limits = { CONNECTIONS_MAX: '500', CONNECTIONS_PER_CLIENT_MAX: '500', LOGIN_DELAY_MS: '0' };
  running = await startOn(program, host, { MAIL_DOMAIN: DOMAIN, MAIL_HOST: `mail.${DOMAIN}`, ...limits });
});
afterAll(async () => {
  await running.stop();
  await host.remove();
  rmSync(dir, { recursive: true, force: true });
});

/** What another program left there. */
function fillMaildir(maildir: string): void {
  for (const folder of ['tmp', 'new', 'cur']) mkdirSync(join(maildir, folder), { recursive: true });
  for (const [at, word] of MESSAGES.entries())
    writeFileSync(join(maildir, 'new', `179514687${at}.M1P1.bench`), `Subject: ${word}\n\n${word}\n.\n`);
}

test(
  'hostile clients stay in step or are closed, and as many messages are stored as were acknowledged',
  async () => {
    const from = `${TEST_NET}.${BLOCK + 1}.1`;
    const fuzz = new MailFuzz({ address: host.address, stateDir: host.stateDir, from });
    await fuzz.run(CLIENTS, LANES, SEED, performance.now() + RUN_MS_MAX);
    const told = fuzz.findings.map(
      ({ kind, because, seed, heard }) => `${kind}: ${because}, seed ${seed}\n${showOctets(heard)}`,
    );
    expect(told).toEqual([]);
    expect(fuzz.messages).toBeGreaterThan(0);
    expect(fuzz.canaries).toBeGreaterThan(0);
  },
  FUZZ_MS_MAX,
);
