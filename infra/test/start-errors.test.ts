import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';

/** What a person sees who made a mistake: one sentence with the place and the remedy, and an exit code that is not 0. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** A start that fails takes a second; a process on a busy machine, in milliseconds. */
const START_MS_MAX = 60_000;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topdown-mistake-'));
  cpSync(join(ROOT, 'docker-compose.yml'), join(folder, 'docker-compose.yml'));
  cpSync(join(ROOT, 'infra/hosts'), join(folder, 'infra/hosts'), { recursive: true });
  cpSync(join(ROOT, 'infra/image/resolv'), join(folder, 'infra/image/resolv'), { recursive: true });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function change(file: string, from: string, to: string): void {
  const text = readFileSync(join(folder, file), 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(folder, file), text.replace(from, to));
}

function npmStart(...words: string[]): { exitCode: number | null; said: string } {
  const run = spawnSync(
    process.execPath,
    [
      join(ROOT, 'infra/embedded/main.ts'),
      ...['--map', join(folder, 'docker-compose.yml'), '--state', join(folder, 'state')],
      ...['--net', TEST_NET, '--no-publish', '--only', 'sockets', ...words],
    ],
    { encoding: 'utf8', timeout: START_MS_MAX },
  );
  return { exitCode: run.status, said: run.stderr };
}

test('a compose file that is no YAML is told with its line', () => {
  change('docker-compose.yml', '  root-a:\n', '  root-a: {\n');
  const { exitCode, said } = npmStart();

  expect(exitCode).toBe(1);
  expect(said).toMatch(/docker-compose\.yml:\d+: /);
});

test('two hosts with one address are told with the line and the name of the other', () => {
  change('docker-compose.yml', '}.40.1"', '}.1.1"');
  const { exitCode, said } = npmStart();

  expect(exitCode).toBe(1);
  expect(said).toMatch(/docker-compose\.yml:\d+, service sockets: its address /);
  expect(said).toContain(`its address ${TEST_NET}.1.1 is already that of root-a`);
});

test('a configuration value outside its limits is told with line, variable, value and limits', () => {
  change(
    'docker-compose.yml',
    '    hostname: sockets\n',
    '    hostname: sockets\n    environment: { <<: *environment, UPPERCASE_PORT: "80" }\n',
  );
  const { exitCode, said } = npmStart();

  expect(exitCode).toBe(1);
  expect(said).toMatch(
    /docker-compose\.yml:\d+, service sockets: UPPERCASE_PORT is refused, it is "80": give a whole number from 1024/,
  );
});

test('a broken zone file is told with file, line and rule', () => {
  change('infra/hosts/dns-primary/zones/foo.com.zone', 'IN A	145.37.93.126', 'IN A	145.37.93');
  const { exitCode, said } = npmStart();

  expect(exitCode).toBe(1);
  expect(said).toMatch(/^dns-primary: .*foo\.com\.zone:\d+: /m);
});

test('ERR-12 a CNAME beside other data is refused with the rule', () => {
  change('infra/hosts/dns-primary/zones/foo.com.zone', '	IN MX	10 mail.bar', '	IN CNAME	relay1.bar');
  const { exitCode, said } = npmStart();

  expect(exitCode).toBe(1);
  expect(said).toMatch(/foo\.com\.zone:\d+: .*CNAME.*RFC 1034, section 3\.6\.2/);
});

test('a port that is taken is told with address, port and remedy', async () => {
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(12_000, `${TEST_NET}.40.1`, resolve));
  const { exitCode, said } = npmStart();
  squatter.close();

  expect(exitCode).toBe(1);
  expect(said).toContain(`sockets: The port ${TEST_NET}.40.1:12000 is taken: stop what listens there`);
});

test('an unknown group is told with the groups that there are', () => {
  const { exitCode, said } = npmStart('--only', 'nonsense');

  expect(exitCode).toBe(1);
  expect(said).toMatch(/There is no group "nonsense".*dns, web/);
});
