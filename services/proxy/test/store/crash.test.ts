import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Child } from '#shared/host/test/kit/child.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import type { CacheView } from '../../src/server/cache-view.ts';
import { pattern } from './store-kit.ts';

/** Rounds of killing; the long run is `CRASH_ROUNDS=50 vitest run services/proxy/test/store/crash.test.ts`. */
const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 3);
const ADDRESS = `${TEST_NET}.248.1`;
const ORIGIN = `${TEST_NET}.248.2`;
const PROCESS = new URL('../kit/proxy-process.ts', import.meta.url).pathname;
const SIZES = [100, 3_000, 70_000, 400_000];
const PATHS = 40;
const CLIENTS = 6;
/** How long a proxy may take to start on a machine that has other work, in milliseconds. */
const START_MS_MAX = 60_000;
/** How long a proxy lives at most, in milliseconds. */
const LIFE_MS_MAX = 400;

let folder: string;
let origin: Server;
/** The version that the origin has of each path now, and the oldest that may be served since a purge was acknowledged. */
const versions = new Map<string, number>();
const oldest = new Map<string, number>();
const agent = new Agent({ keepAlive: true });

const bodyOf = (path: string, version: number) => {
  const at = Number(path.slice(1));
  return pattern(SIZES[at % SIZES.length]! + at, version * 7 + at);
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'topdown-crash-'));
  origin = createServer((asked, response) => {
    const path = asked.url ?? '';
    const version = versions.get(path) ?? 1;
    const body = bodyOf(path, version);
    // Every third object comes without a length.
    const length = Number(path.slice(1)) % 3 === 0 ? {} : { 'Content-Length': body.length };
    response.writeHead(200, { 'Cache-Control': 'max-age=100000', ETag: `"${version}"`, ...length });
    response.write(body.subarray(0, body.length / 2));
    setImmediate(() => response.end(body.subarray(body.length / 2)));
  });
  await new Promise<void>((resolve) => origin.listen(80, ORIGIN, resolve));
});

afterAll(async () => {
  agent.destroy();
  origin.closeAllConnections();
  await new Promise((resolve) => origin.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Rejects when the answer is not whole. */
function ask(method: string, target: string, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: ADDRESS, port: 3128, method, path: target, agent }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('close', () => {
        if (response.complete) resolve({ headers: response.headers, body: Buffer.concat(pieces) });
        else reject(new Error('broken off'));
      });
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

/** What a whole answer says is the origin's, octet for octet. */
async function fetchAndCheck(path: string): Promise<boolean> {
  const least = oldest.get(path) ?? 1;
  const { headers, body } = await ask('GET', `http://a.test${path}`);
  const version = Number(headers.etag?.slice(1, -1));
  expect(version, `${path}: older than what was purged`).toBeGreaterThanOrEqual(least);
  expect(body.equals(bodyOf(path, version)), `${path}, version ${version}: other octets`).toBe(true);
  return headers['cache-status']?.includes('; hit') ?? false;
}

async function change(path: string): Promise<void> {
  const version = (versions.get(path) ?? 1) + 1;
  versions.set(path, version);
  await ask('POST', '/cache/purge', JSON.stringify({ url: `http://a.test${path}` }));
  oldest.set(path, version);
}

test('CCH-02 a proxy that is killed at any moment has afterwards whole copies of what it stored, or none', {
  timeout: 120_000 + ROUNDS * 10_000,
}, async () => {
  let hits = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const proxy = new Child(process.execPath, [PROCESS, ADDRESS, folder, ORIGIN]);
    await expect.poll(() => proxy.stdout + proxy.stderr, { timeout: START_MS_MAX }).toBe('ready\n');
    hits += await checkAll();
    const wrong: Error[] = [];
    let isAlive = true;
    const clients = Array.from({ length: CLIENTS }, async () => {
      while (isAlive) {
        const path = `/${Math.floor(Math.random() * PATHS)}`;
        try {
          await (Math.random() < 0.05 ? change(path) : fetchAndCheck(path));
        } catch (error) {
          // What the killing breaks off is no answer; a wrong one is.
          if ((error as Error).name === 'AssertionError') wrong.push(error as Error);
        }
      }
    });
    await new Promise((resolve) => setTimeout(resolve, Math.random() * LIFE_MS_MAX));
    isAlive = false;
    await proxy.stop();
    await Promise.all(clients);
    expect(wrong).toEqual([]);
  }
  expect(hits).toBeGreaterThan(0);
});

/** Every path once, after a restart. Returns how many came from the disk. */
async function checkAll(): Promise<number> {
  let hits = 0;
  for (let at = 0; at < PATHS; at += 1) hits += (await fetchAndCheck(`/${at}`)) ? 1 : 0;
  const view = JSON.parse((await ask('GET', '/cache.json?count=0')).body.toString()) as CacheView;
  expect(view.disk.damaged).toBe(0);
  expect(view.onDisk!.octets).toBeLessThanOrEqual(view.onDisk!.octetsMax);
  return hits;
}
