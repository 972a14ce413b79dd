import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** How long a program may take to say or do what is expected, in milliseconds. */
const WAIT_MS = 60_000;

/** What a program that ran to its end left behind. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program in a process of its own: two of them side by side are what a lab is about. */
export class Child {
  readonly pid: number;
  stdout = '';
  stderr = '';
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  #isClosed = false;

  constructor(command: string, args: readonly string[]) {
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#closed = once(this.#process, 'close').then(() => {
      this.#isClosed = true;
    });
    this.pid = this.#process.pid ?? 0;
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    // A program that has ended does not read what it is given.
    this.#process.stdin?.on('error', () => {});
  }

  /** Resolves when the program has printed `text`; else it is ended. @throws Error with all that it printed */
  async says(text: string): Promise<void> {
    const deadline = performance.now() + WAIT_MS;
    while (!this.stdout.includes(text) && !this.stderr.includes(text)) {
      // Not 'exit': what it said last may still be on its way then.
      if (performance.now() > deadline || this.#isClosed) {
        this.signal('SIGKILL');
        throw new Error(`It does not say "${text}": ${this.stdout}${this.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Types `text`, and ends the input. */
  type(text: string): void {
    this.#process.stdin?.end(text);
  }

  /** Waits until it ends by itself. */
  async ended(): Promise<Ended> {
    const deadline = setTimeout(() => this.signal('SIGKILL'), WAIT_MS);
    await this.#closed;
    clearTimeout(deadline);
    return { code: this.#process.exitCode, stdout: this.stdout, stderr: this.stderr };
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends it, whatever it does. */
  async stop(): Promise<void> {
    this.signal('SIGKILL');
    await this.#closed;
  }
}

/** Runs a program to its end, with `input` on its standard input. */
export function runChild(command: string, args: readonly string[], input = ''): Promise<Ended> {
  const child = new Child(command, args);
  child.type(input);
  return child.ended();
}
