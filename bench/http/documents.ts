import { join } from 'node:path';
import type { Server } from '../processes.ts';
import { startOurs } from '../processes.ts';
import { LENGTHS, startNginxDocuments, writeDocuments } from './caches.ts';
import { benchIdle } from './idle.ts';
import { inTurns, type Pace, printLoads } from './wrk.ts';

const PORT = 80;
const SITE = 'www.bench.test';
/** Connections that an origin is to hold at once (claim COK-01). */
const CONNECTIONS = 1_000;

/** Our origin beside nginx: documents from files. For information, there is no goal. */
export async function benchDocuments(
  folder: string,
  net: string,
  environment: Readonly<Record<string, string>>,
  script: string,
  pace: Pace,
): Promise<void> {
  const documents = join(folder, 'host', 'www', SITE);
  writeDocuments(documents);
  const servers: Server[] = [];
  try {
    const given = { program: 'origin', address: `${net}.2.1`, port: PORT, folder: join(folder, 'host') };
    servers.push(await startOurs('ours', { ...given, environment: { ...environment, KEEP_ALIVE_MS: '600000' } }));
    servers.push(startNginxDocuments(join(folder, 'nginx'), `${net}.2.2`, documents));
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const octets of LENGTHS) {
      const loads = await inTurns(servers, script, { target: `/${octets}.txt`, host: SITE, documents: 1 }, pace);
      printLoads(`Documents of ${octets / 1024} KiB`, loads, []);
    }
    await benchIdle(servers, `http://${SITE}/${LENGTHS[0]}.txt`, CONNECTIONS);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
