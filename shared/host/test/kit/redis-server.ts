import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { TEST_NET } from '../../test-host.ts';

/** Debian's name for it. */
const REDIS_SERVER = 'redis-server';
const PORT = 6379;
/** How often a client tries to reach its server, in milliseconds, and tries of a command: a start takes its time on a busy machine. */
const RETRY_MS = 20;
const RETRIES_MAX = 3_000;
/** Servers that this process has started: each has an address of its own. */
let started = 0;

/** Whether this machine has a Redis to test with. */
export const hasRedisServer = spawnSync(REDIS_SERVER, ['--version']).status === 0;

export interface RedisServer {
  /** A new connection; `stop` ends it. A command fails after so many tries to reach the server again. */
  connect(retries?: number): Redis;
  /** Ends it as kill -9 does, and starts it again on what it has kept. */
  crash(): Promise<void>;
  startAgain(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a real Redis on an address of its own, configured as docker-compose.yml does it, with a folder of its own. */
export async function startRedisServer(): Promise<RedisServer> {
  started += 1;
  const host = `${TEST_NET}.250.${started}`;
  const dir = mkdtempSync(join(tmpdir(), 'topdown-redis-'));
  const settings = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--dir', dir];
  const start = () =>
    spawn(REDIS_SERVER, ['--port', String(PORT), '--bind', host, '--protected-mode', 'no', ...settings], {
      stdio: 'ignore',
    });
  let server = start();
  const connections: Redis[] = [];
  const connect = (maxRetriesPerRequest = RETRIES_MAX) => {
    const redis = new Redis({ host, port: PORT, retryStrategy: () => RETRY_MS, maxRetriesPerRequest });
    redis.on('error', () => {});
    connections.push(redis);
    return redis;
  };
  await connect().ping();
  return {
    connect,
    crash: async () => {
      server.kill('SIGKILL');
      await once(server, 'exit');
    },
    startAgain: async () => {
      server = start();
      await connect().ping();
    },
    stop: async () => {
      for (const redis of connections) redis.disconnect();
      if (server.exitCode === null && server.signalCode === null) {
        server.kill();
        await once(server, 'exit');
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
