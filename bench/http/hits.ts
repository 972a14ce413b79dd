import { setTimeout as pause } from 'node:timers/promises';
import type { Server } from '../processes.ts';
import { bodyOf, countedPath, LENGTHS, type startOrigin } from './caches.ts';
import { KeepAliveClient } from './keep-alive-client.ts';
import { type Goal, inTurns, type Pace, printLoads } from './wrk.ts';

/** How long the origin may take to write down a request, in milliseconds. */
const LOG_MS = 500;
/** Documents that are asked for one after the other. */
const DOCUMENTS = 20_000;

type Origin = ReturnType<typeof startOrigin>;

const GOALS: Readonly<Record<number, readonly Goal[]>> = {
  1024: [
    { name: 'nginx', atLeast: 0.9 },
    { name: 'Squid', atLeast: 1 },
    { name: 'Varnish', atLeast: 1 },
  ],
  65536: [{ name: 'nginx', atLeast: 1 }],
};

/** Answers from the store: one document of each length, asked for again and again. */
export async function benchHits(servers: readonly Server[], origin: Origin, script: string, pace: Pace): Promise<void> {
  for (const octets of LENGTHS) {
    const path = countedPath(octets, 'hit');
    const url = `http://${origin.address}${path}`;
    for (const server of servers) await expectHit(server, url, octets);
    // The origin writes down what it was asked after it has answered.
    await pause(LOG_MS);
    const before = origin.asked(path);
    if (before !== servers.length) throw new Error(`${servers.length} caches asked the origin ${before} times`);
    const loads = await inTurns(servers, script, { target: url, host: origin.address, documents: 1 }, pace);
    printLoads(`Cache hits of ${octets / 1024} KiB`, loads, GOALS[octets] ?? []);
    const after = origin.asked(path);
    const verdict = after === before ? 'once by each cache' : `${after} TIMES: these were not all hits`;
    process.stdout.write(`  the origin was asked ${verdict}\n`);
    for (const server of servers) await expectHit(server, url, octets);
  }
}

/** Answers from the store, each time another one: nothing that is made ready for one of them helps with the next. */
export async function benchManyHits(
  servers: readonly Server[],
  origin: Server,
  script: string,
  pace: Pace,
): Promise<void> {
  const target = `http://${origin.address}/1024/many-%d`;
  for (const server of servers) {
    const client = await KeepAliveClient.open(server);
    for (let number = 1; number <= DOCUMENTS; number += 1) await client.get(target.replace('%d', String(number)));
    client.close();
  }
  const loads = await inTurns(servers, script, { target, host: origin.address, documents: DOCUMENTS }, pace);
  printLoads(`Cache hits of 1 KiB, ${DOCUMENTS} documents one after the other`, loads, []);
}

/** Asks twice: the second answer must come from the store, whole, and must say how old it is (RFC 9111, section 5.1). */
async function expectHit(server: Server, url: string, octets: number): Promise<void> {
  const client = await KeepAliveClient.open(server);
  await client.get(url);
  const { status, body, head } = await client.get(url);
  client.close();
  if (status !== 200 || body.toString('latin1') !== bodyOf(octets)) {
    throw new Error(`${server.name} answers ${status} with ${body.length} octets`);
  }
  // nginx sends no Age, whatever it is told: that is known, and no reason not to measure it.
  if (server.name !== 'nginx' && !/\r\nage: *\d+/i.test(head)) throw new Error(`${server.name} sends no Age: ${head}`);
}
