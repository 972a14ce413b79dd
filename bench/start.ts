/**
 * How long the lab takes to be there and to be gone, and what it weighs: in one process, and in containers.
 *
 *   npm run bench -- start
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { figure, median } from './figure.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** Nets and a project of its own, so that a lab in use is not disturbed. */
const EMBEDDED_NET = '127.64';
const CONTAINER_ENVIRONMENT = { LAB_NET: '10.55', LAB_PUBLISH: '127.0.0.64' };
const PROJECT = 'topdown-bench';
const RUNS = 5;
/** How long the embedded lab is left alone before its memory is read, in milliseconds. */
const SETTLE_MS = 5_000;

const execute = promisify(execFile);

export async function benchStart(): Promise<void> {
  await embedded();
  if (await dockerAnswers()) await containers();
  else process.stdout.write('containers: not measured, no Docker engine answers\n');
}

async function embedded(): Promise<void> {
  const times: number[] = [];
  const sizes: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const { startMs, rssMb } = await startEmbeddedOnce();
    times.push(startMs);
    sizes.push(rssMb);
  }
  figure('embedded: process start to all hosts healthy', median(times) / 1000, 's', 2);
  figure('embedded: resident memory, 5 s after', median(sizes), 'MB', 250);
}

async function startEmbeddedOnce(): Promise<{ startMs: number; rssMb: number }> {
  const state = mkdtempSync(join(tmpdir(), 'topdown-bench-'));
  const begun = performance.now();
  const lab = spawn(process.execPath, [...startWords(), '--net', EMBEDDED_NET, '--no-publish', '--state', state], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let startMs = Number.NaN;
  for await (const line of createInterface({ input: lab.stdout })) {
    // The table of addresses is printed when every group is up.
    if (line.includes('Ctrl-C')) {
      startMs = performance.now() - begun;
      break;
    }
  }
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const rssMb = residentMb(lab.pid ?? 0);
  const ended = once(lab, 'exit');
  lab.kill('SIGINT');
  await ended;
  rmSync(state, { recursive: true, force: true });
  return { startMs, rssMb };
}

/** What `npm start` gives to Node. */
function startWords(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: { start: string } };
  return scripts.start.split(' ').slice(1);
}

function residentMb(pid: number): number {
  const kibibytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kibibytes) * 1024) / 1e6;
}

async function dockerAnswers(): Promise<boolean> {
  return execute('docker', ['compose', 'version']).then(
    () => execute('docker', ['info']).then(() => true),
    () => false,
  );
}

function compose(...words: string[]): Promise<{ stdout: string }> {
  return execute('docker', ['compose', '--project-name', PROJECT, ...words], {
    cwd: ROOT,
    env: { ...process.env, ...CONTAINER_ENVIRONMENT },
    maxBuffer: 2 ** 24,
  });
}

async function containers(): Promise<void> {
  await compose('build');
  const ups: number[] = [];
  const downs: number[] = [];
  let memory: readonly ContainerMemory[] = [];
  for (let run = 0; run < 3; run += 1) {
    ups.push(await seconds(() => compose('up', '--detach', '--wait')));
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    memory = await containerMemory();
    downs.push(await seconds(() => compose('down', '--volumes')));
  }
  figure(`containers: docker compose up --wait, ${memory.length} hosts`, median(ups), 's', 12);
  figure('containers: docker compose down', median(downs), 's', 4);
  const services = memory.filter(({ host }) => host !== 'redis' && host !== 'client');
  const largest = services.toSorted((one, other) => other.megabytes - one.megabytes)[0];
  figure(`containers: memory of the largest service (${largest?.host})`, largest?.megabytes ?? Number.NaN, 'MB', 60);
  const total = memory.reduce((sum, { megabytes }) => sum + megabytes, 0);
  figure('containers: memory of all hosts', total, 'MB', null);
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

interface ContainerMemory {
  readonly host: string;
  readonly megabytes: number;
}

async function containerMemory(): Promise<ContainerMemory[]> {
  const { stdout: ids } = await compose('ps', '--quiet');
  const { stdout } = await execute('docker', [
    'stats',
    '--no-stream',
    '--format',
    '{{.Name}} {{.MemUsage}}',
    ...ids.trim().split('\n'),
  ]);
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', amount = ''] = line.split(' ');
      return { host: name.replace(`${PROJECT}-`, '').replace(/-1$/, ''), megabytes: megabytesOf(amount) };
    });
}

/** Docker prints binary units: `52.3MiB`. */
function megabytesOf(amount: string): number {
  const [, number = '', unit = ''] = /^([\d.]+)([KMG]?i?B)$/.exec(amount) ?? [];
  const octets: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };
  return (Number(number) * (octets[unit] ?? Number.NaN)) / 1e6;
}
