import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

/** Debian's name for it. */
const REDIS_SERVER = 'redis-server';

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

/** Starts a real Redis on a free loopback port, configured as docker-compose.yml does it, with a folder of its own. */
export async function startRedisServer(): Promise<RedisServer> {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'topdown-redis-'));
  const settings = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--dir', dir];
  const start = () =>
    spawn(REDIS_SERVER, ['--port', String(port), '--bind', '127.0.0.1', ...settings], { stdio: 'ignore' });
  let server = start();
  const connections: Redis[] = [];
  const connect = (maxRetriesPerRequest = 100) => {
    const redis = new Redis({ host: '127.0.0.1', port, retryStrategy: () => 20, maxRetriesPerRequest });
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

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
