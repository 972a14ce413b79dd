import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';

/** The health check of a container, against a control API that is well, or is not. */

const HEALTH = fileURLToPath(new URL('../image/health', import.meta.url));
const ADDRESS = `${TEST_NET}.9.1`;
const PORT = 9000;

let folder: string;
let healthyAt: string;
let api: Server;
let status = 200;
let asked = 0;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'topdown-health-'));
  healthyAt = join(folder, 'healthy');
  status = 200;
  asked = 0;
  api = createServer((_request, response) => {
    asked += 1;
    response.writeHead(status, { connection: 'close' }).end('how it is');
  });
  api.listen(PORT, ADDRESS);
  await once(api, 'listening');
});

afterEach(() => {
  api.close();
  rmSync(folder, { recursive: true, force: true });
});

async function check(): Promise<{ exitCode: number; said: string }> {
  const run = spawn('bash', [HEALTH, ADDRESS, healthyAt], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  run.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [exitCode] = (await once(run, 'close')) as [number];
  return { exitCode, said: said.trim() };
}

const fromNowS = (seconds: number): string => `${Math.floor(Date.now() / 1000) + seconds}\n`;

test('the first check ends as soon as the host is well', async () => {
  expect(await check()).toEqual({ exitCode: 0, said: 'how it is' });
  // Once until it is well, and once to tell; on a busy machine an answer may have come too late.
  expect(asked).toBeGreaterThanOrEqual(2);
  expect(Number(readFileSync(healthyAt, 'utf8'))).toBeGreaterThan(0);
});

test('a host that Docker did not look at for a while, as a paused one, is well at the first look', async () => {
  writeFileSync(healthyAt, fromNowS(-30));
  expect(await check()).toEqual({ exitCode: 0, said: 'how it is' });
  // Once until it is well, and once to tell; on a busy machine an answer may have come too late.
  expect(asked).toBeGreaterThanOrEqual(2);
});

test('a later check ends early, and badly, when the host is not well', async () => {
  // Not long ago, however slow this machine is.
  writeFileSync(healthyAt, fromNowS(60));
  status = 503;
  expect(await check()).toEqual({ exitCode: 1, said: 'how it is' });
  expect(existsSync(healthyAt)).toBe(false);
});
