import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const HOST_PROCESS = fileURLToPath(new URL('host-process.ts', import.meta.url));
/** Ticks of the kernel's accounting in a second: `getconf CLK_TCK` on every Linux. */
const TICKS_PER_S = 100;
/** How long a daemon may take to listen, and how often it is looked, in milliseconds. */
const LISTENING_MS_MAX = 20_000;
const LISTENING_LOOK_MS = 20;

/** A bench whose output nobody reads any more (`| head`) ends in the middle: nothing goes on without it. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

/** A process that ends with this one. */
export function endWithBench<Child extends ChildProcess>(child: Child): Child {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** A server in a process of its own. */
export interface Server {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * What is not installed, and how to get it; null where all is there.
 *
 * @param packages Debian's packages by the command that is needed
 */
export function missingTools(packages: Readonly<Record<string, string>>): string | null {
  const missing = Object.entries(packages).filter(([command]) => !isInstalled(command));
  if (missing.length === 0) return null;
  const commands = missing.map(([command]) => command).join(', ');
  return `${commands}: not installed. On Debian: apt-get install --no-install-recommends ${missing.map(([, name]) => name).join(' ')}`;
}

function isInstalled(command: string): boolean {
  try {
    execFileSync('sh', ['-c', `PATH=$PATH:/usr/sbin command -v ${command}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** One of our programs, which can be asked as its control API is. */
export interface OurServer extends Server {
  /** What `GET /state` shows. */
  state(): Promise<object>;
  /** What `POST /actions/NAME` does. @throws Error with what the program says against it */
  act(action: string, input: object): Promise<object>;
}

/** Starts one of our programs on `address`, its folder being that of its host, and waits until it serves. */
export async function startOurs(
  name: string,
  given: {
    program: string;
    address: string;
    port: number;
    folder: string;
    environment: Readonly<Record<string, string>>;
  },
): Promise<OurServer> {
  mkdirSync(given.folder, { recursive: true });
  const child = spawn(process.execPath, [HOST_PROCESS, given.program, given.address, given.folder], {
    env: { ...process.env, NODE_NO_WARNINGS: '1', ...given.environment },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  if (child.stdout === null) throw new Error(`${name} has no standard output`);
  const started = createInterface({ input: child.stdout });
  const line = await Promise.race([once(started, 'line'), once(child, 'exit').then(() => null)]);
  if (line === null) throw new Error(`${name} did not start`);
  return {
    ...serverOf(name, child, given.address, given.port),
    state: () => askChild(child, {}),
    act: (action, input) => askChild(child, { action, input }),
  };
}

/** One question at a time: an answer does not say to which it belongs. */
async function askChild(child: ChildProcess, question: object): Promise<object> {
  const over = new AbortController();
  const answered = once(child, 'message', { signal: over.signal });
  const ended = once(child, 'exit', { signal: over.signal }).then(() => [{ refused: 'it has ended' }]);
  child.send(question);
  const [told] = (await Promise.race([answered, ended])) as [{ answer?: object; refused?: string }];
  // Whichever did not come is not waited for any more.
  for (const promise of [answered, ended]) promise.catch(() => {});
  over.abort();
  if (told.answer === undefined) throw new Error(told.refused);
  return told.answer;
}

/** Starts a daemon that stays in the foreground. */
export function startDaemon(name: string, command: string[], address: string, port: number): Server {
  const [program = '', ...words] = command;
  const path = `${process.env.PATH}:/usr/sbin`;
  return serverOf(name, spawn(program, words, { stdio: 'ignore', env: { ...process.env, PATH: path } }), address, port);
}

/** Waits until a daemon takes connections. */
export async function untilListening({ name, address, port }: Server): Promise<void> {
  for (const deadline = performance.now() + LISTENING_MS_MAX; ; ) {
    const socket = connect({ host: address, port });
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    if (performance.now() > deadline) throw new Error(`${name} does not listen on ${address}, port ${port}`);
    await pause(LISTENING_LOOK_MS);
  }
}

function serverOf(name: string, child: ChildProcess, address: string, port: number): Server {
  endWithBench(child);
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  return { name, address, port, pid: child.pid ?? 0, stop };
}

/**
 * CPU time of a process and of those it has started, in seconds: of the user and of the kernel. Those that have ended count as
 * well, in what their parent was told of them.
 */
export function cpuSeconds(pid: number): number {
  const children = childrenOf(pid).reduce((sum, child) => sum + cpuSeconds(child), 0);
  const [, rest = ''] = /\) (.*)$/.exec(read(`/proc/${pid}/stat`).trim()) ?? [];
  const [user, kernel, endedUser, endedKernel] = rest.split(' ').slice(11, 15).map(Number);
  return children + ((user ?? 0) + (kernel ?? 0) + (endedUser ?? 0) + (endedKernel ?? 0)) / TICKS_PER_S;
}

/** Resident memory of a process and of those it has started, in megabytes. */
export function residentMb(pid: number): number {
  const kibibytes = Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
  return childrenOf(pid).reduce((sum, child) => sum + residentMb(child), (kibibytes * 1024) / 1e6);
}

/** The most that a process ever had in memory, in megabytes. */
export function peakMb(pid: number): number {
  return (Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024) / 1e6;
}

/**
 * Memory of a process and of those it has started, in megabytes: what several of them share is counted once (the
 * proportional set size of smaps_rollup).
 */
export function proportionalMb(pid: number): number {
  const kibibytes = Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
  return childrenOf(pid).reduce((sum, child) => sum + proportionalMb(child), (kibibytes * 1024) / 1e6);
}

function childrenOf(pid: number): number[] {
  return tasksOf(pid).flatMap((task) =>
    read(`/proc/${pid}/task/${task}/children`).trim().split(' ').filter(Boolean).map(Number),
  );
}

function tasksOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch (error) {
    return ifEnded(error, []);
  }
}

/** Empty for a process that has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return ifEnded(error, '');
  }
}

function ifEnded<T>(error: unknown, instead: T): T {
  if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return instead;
  throw error;
}
