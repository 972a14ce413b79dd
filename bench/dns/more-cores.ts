import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { figure } from '../figure.ts';
import { residentMb, type Server, startOurs } from '../processes.ts';
import { startNsd } from './daemons.ts';
import { inTurns, printLoads } from './load.ts';
import { writeMixedQuestions, writeMixedZone } from './zones.ts';

const MODES = ['plain', 'batched'];
const WORKERS = [0, 1, 2];

/**
 * Our authoritative server with worker threads (`DNS_WORKERS`), beside NSD with one process and with two. How queries a
 * second grow with the cores can be seen only where there are cores left beside those that dnsperf takes, which are two; the
 * CPU time for a query says what each worker more would bring there.
 */
export async function benchMoreCores(folder: string, net: string, environment: Record<string, string>): Promise<void> {
  const zone = writeMixedZone(join(folder, 'host', 'zones'), 'example');
  const questions = join(folder, 'questions');
  writeMixedQuestions(questions, zone.name, 'all');
  const servers: Server[] = [];
  try {
    const nsd = startNsd(join(folder, 'nsd'), `${net}.6.1`, [zone]);
    servers.push(nsd, startNsd(join(folder, 'nsd-2'), `${net}.6.2`, [zone], 2));
    const forms = MODES.flatMap((mode) => WORKERS.map((workers) => ({ mode, workers })));
    for (const [at, { mode, workers }] of forms.entries()) {
      const given = {
        program: 'authoritative',
        port: 53,
        address: `${net}.7.${at + 1}`,
        folder: join(folder, 'host'),
        environment: { ...environment, DNS_UDP: mode, DNS_WORKERS: String(workers) },
      };
      servers.push(await startOurs(`ours, ${mode}, ${workers} workers`, given));
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const loads = await inTurns(servers, questions, `${net}.100.1`);
    printLoads(`More cores: worker threads, on a machine of ${availableParallelism()} cores`, loads, nsd, null);
    for (const server of servers)
      figure(`${server.name}: resident memory after the load`, residentMb(server.pid), 'MB', null);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
