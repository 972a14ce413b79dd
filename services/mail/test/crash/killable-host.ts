import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { MailProcessOptions } from './mail-process.ts';

const SCRIPT = fileURLToPath(new URL('mail-process.ts', import.meta.url));

/** A mail host that can be killed at any moment, and started again on what it has left. */
export class KillableHost {
  readonly options: MailProcessOptions;
  #child: ChildProcess | null = null;

  constructor(options: MailProcessOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [SCRIPT, JSON.stringify(this.options)], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
    });
    this.#child = child;
    const lines = createInterface({ input: child.stdout! });
    const ended = once(child, 'exit').then(() => null);
    if ((await Promise.race([once(lines, 'line'), ended])) === null)
      throw new Error(`${this.options.name} did not start`);
    lines.close();
  }

  /** SIGKILL: nothing of it goes on, and nothing is said. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Has everything tried again that waits in its queue, and tells what that is. */
  async flush(): Promise<readonly unknown[]> {
    const answered = once(this.#child!, 'message') as Promise<[{ queue: unknown[] }]>;
    this.#child!.send('flush');
    const [{ queue }] = await answered;
    return queue;
  }
}
