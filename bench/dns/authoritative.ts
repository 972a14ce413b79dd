import { join } from 'node:path';
import { type Server, startOurs } from '../processes.ts';
import { startNamedAuthoritative, startNsd } from './daemons.ts';
import { inTurns, printLoads } from './load.ts';
import { writeMixedQuestions, writeMixedZone } from './zones.ts';

/** Our authoritative server, plain and with batches of datagrams, beside NSD and BIND. */
export async function benchAuthoritative(
  folder: string,
  net: string,
  environment: Record<string, string>,
): Promise<void> {
  const zone = writeMixedZone(join(folder, 'host', 'zones'), 'example');
  const questions = join(folder, 'questions');
  writeMixedQuestions(questions, zone.name, 'all');
  const ours = (name: string, address: string, mode: string) =>
    startOurs(name, {
      program: 'authoritative',
      port: 53,
      address,
      folder: join(folder, 'host'),
      environment: { ...environment, DNS_UDP: mode },
    });
  const servers: Server[] = [];
  try {
    servers.push(await ours('ours, plain', `${net}.1.1`, 'plain'));
    const nsd = startNsd(join(folder, 'nsd'), `${net}.1.2`, [zone]);
    servers.push(nsd, await ours('ours, batched', `${net}.1.3`, 'batched'));
    servers.push(startNamedAuthoritative(join(folder, 'named'), [zone]));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const loads = await inTurns(servers, questions, `${net}.100.1`);
    printLoads('Authoritative: answers, negative answers, referrals, wildcards, aliases', loads, nsd, 0.9);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
