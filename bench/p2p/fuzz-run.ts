import { figure } from '../figure.ts';
import { residentMb, type Server } from '../processes.ts';

/** Parts of a run, after each of which the memory is read; in the first ones a program fills what it keeps. */
const PARTS = 10;
const WARM_UP_PARTS = 3;
/** How much more memory the rest may take, in megabytes: what a garbage collector leaves lying about. */
const GROWTH_MB_MAX = 40;

/** With little room for garbage, what stays in memory is what is kept. What is said of each hostile answer nobody reads. */
export const FUZZED_ENVIRONMENT = {
  LOG_LEVEL: 'error',
  NODE_OPTIONS: '--max-semi-space-size=2 --max-old-space-size=96',
};

/** Runs `count` cases in lanes, and `canary` between them; tells how the memory of the server went. */
export async function runCases(
  what: string,
  server: Server,
  {
    count,
    lanes,
    one,
    canary,
  }: { count: number; lanes: number; one: (nth: number) => Promise<void>; canary: () => Promise<void> },
): Promise<void> {
  const begun = performance.now();
  const resident: number[] = [];
  for (let part = 0; part < PARTS; part += 1) {
    const end = Math.ceil((count * (part + 1)) / PARTS);
    let next = Math.ceil((count * part) / PARTS);
    const lane = async () => {
      while (next < end) await one(next++);
    };
    await Promise.all([...Array.from({ length: lanes }, lane), canary()]);
    await canary();
    resident.push(residentMb(server.pid));
  }
  const seconds = (performance.now() - begun) / 1000;
  process.stdout.write(`\n${what}: ${count} cases and ${2 * PARTS} canaries served, ${seconds.toFixed(0)} s\n`);
  process.stdout.write(`  resident memory after each tenth, in MB: ${resident.map((mb) => mb.toFixed(0)).join(' ')}\n`);
  const growth = resident.at(-1)! - resident[WARM_UP_PARTS - 1]!;
  figure('  growth after the first tenths', growth, 'MB', GROWTH_MB_MAX);
  if (growth > GROWTH_MB_MAX) process.exitCode = 1;
}

/** What `work` gives, unless it takes too long. @throws Error that says what was waited for */
export async function within<Value>(what: string, msMax: number, work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} was waited for ${msMax / 1000} s in vain`)), msMax);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
