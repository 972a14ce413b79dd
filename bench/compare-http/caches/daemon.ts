/** One of the field's own caches, as a process in the foreground, with its files in a folder that goes away with it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { RunningCache } from './running-cache.ts';

/** How long a daemon may take until it listens, and until it is gone, in milliseconds. */
const START_MS_MAX = 15_000;
const STOP_MS_MAX = 5_000;
const PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;

export interface Daemon {
  readonly name: string;
  /** The program, and how it tells its version. */
  readonly program: string;
  readonly versionOf: readonly string[];
  readonly address: string;
  readonly port: number;
  /** Writes its configuration into `folder`, and says how it is started. */
  configure(folder: string): readonly string[];
}

/** The version as the program tells it, or null where it is not installed. */
export function versionOf({ program, versionOf: words }: Daemon): string | null {
  try {
    const told = execFileSync('sh', ['-c', `exec ${program} ${words.join(' ')} 2>&1`], {
      env: { ...process.env, PATH },
    });
    return /\d+\.\d+(?:\.\d+)?/.exec(told.toString())?.[0] ?? '';
  } catch {
    return null;
  }
}

/** Starts it. @throws Error with what it wrote, when it does not listen */
export async function startDaemon(daemon: Daemon): Promise<RunningCache> {
  const { name, address, port } = daemon;
  const folder = mkdtempSync(join(tmpdir(), `topdown-compare-${name}-`));
  // Some of them give up the rights of root before they open their files.
  chmodSync(folder, 0o777);
  const [program = '', ...words] = daemon.configure(folder);
  const child = spawn(program, words, {
    env: { ...process.env, PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let said = '';
  child.on('error', (error) => {
    said += error.message;
  });
  for (const output of [child.stdout, child.stderr])
    output.on('data', (text) => (said = `${said}${text}`.slice(-2000)));
  const stop = async () => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  const until = performance.now() + START_MS_MAX;
  while (!(await listens(address, port))) {
    if (child.exitCode !== null || child.pid === undefined || performance.now() > until) {
      await stop();
      throw new Error(`${name} does not listen at ${address}:${port}: ${said}`);
    }
    await wait(50);
  }
  return { name, version: versionOf(daemon) ?? '', address, port, form: 'origin', stop };
}

/** Ends the daemon and what it has started: they are a process group. */
async function ended(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  process.kill(pid, 'SIGTERM');
  const patience = setTimeout(() => process.kill(-pid, 'SIGKILL'), STOP_MS_MAX);
  await exit;
  clearTimeout(patience);
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Its children are gone already.
  }
}

async function listens(address: string, port: number): Promise<boolean> {
  const socket = connect({ host: address, port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
