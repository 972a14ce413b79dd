import { join } from 'node:path';
import { figure } from '../figure.ts';
import { cpuSeconds, residentMb, type Server, startOurs } from '../processes.ts';
import { startNsd } from './daemons.ts';
import { inTurns, printLoads } from './load.ts';
import { askOnce } from './question.ts';
import { writeMillionQuestions, writeMillionZone } from './zones.ts';

/** How long a server may take to load the zone, in milliseconds, before it is given up. */
const LOAD_MS_MAX = 60_000;
const LOAD_GOAL_S = 10;
const MEMORY_GOAL_MB = 600;

/** A zone of 1,000,000 names: how long until its last name is answered, what it weighs, and how fast random names are answered. */
export async function benchMillion(folder: string, net: string, environment: Record<string, string>): Promise<void> {
  const zone = writeMillionZone(join(folder, 'host', 'zones'), 'million.example');
  const questions = join(folder, 'questions');
  writeMillionQuestions(questions, zone.name);
  const servers: Server[] = [];
  process.stdout.write('\nA zone of 1,000,000 names\n');
  try {
    const nsd = await timed('NSD', async () => startNsd(join(folder, 'nsd'), `${net}.2.2`, [zone]), null);
    servers.push(nsd);
    const environmentOfOurs = { ...environment, DNS_UDP: 'batched' };
    const given = { program: 'authoritative', address: `${net}.2.1`, port: 53, folder: join(folder, 'host') };
    servers.push(
      await timed(
        'ours, batched',
        () => startOurs('ours, batched', { ...given, environment: environmentOfOurs }),
        LOAD_GOAL_S,
      ),
    );
    const loads = await inTurns(servers, questions, `${net}.100.1`);
    printLoads('Its names asked at random, too many for a cache of answers', loads, nsd, null);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function timed(name: string, start: () => Promise<Server>, goalS: number | null): Promise<Server> {
  const begun = performance.now();
  const server = await start();
  while (!(await askOnce(server, 'host999999.million.example', 200))) {
    if (performance.now() - begun > LOAD_MS_MAX) throw new Error(`${name} does not answer from the zone`);
  }
  figure(`${name}: process start to the answer about the last name`, (performance.now() - begun) / 1000, 's', goalS);
  figure(`${name}: CPU time of that`, cpuSeconds(server.pid), 's', null);
  figure(`${name}: resident memory`, residentMb(server.pid), 'MB', goalS === null ? null : MEMORY_GOAL_MB);
  return server;
}
