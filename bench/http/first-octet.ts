import { median } from '../figure.ts';
import type { Server } from '../processes.ts';
import { KeepAliveClient } from './keep-alive-client.ts';

/** Requests before those that count: connections are made, code is compiled. */
const WARM_UP = 200;

/** What a cache adds to the time to the first octet of what it does not have: over connections that stand, one at a time. */
export async function benchFirstOctet(servers: readonly Server[], origin: Server, requests: number): Promise<void> {
  const asked = [origin, ...servers];
  const clients = await Promise.all(asked.map((server) => KeepAliveClient.open(server)));
  const times = asked.map((): number[] => []);
  for (let at = 0; at < WARM_UP + requests; at += 1) {
    for (const [place, client] of clients.entries()) {
      const url = `http://${origin.address}/1024/miss-${at}`;
      const { status, firstOctetMs } = await client.get(url);
      if (status !== 200) throw new Error(`${asked[place]!.name} answers ${status}`);
      if (at >= WARM_UP) times[place]!.push(firstOctetMs);
    }
  }
  for (const client of clients) client.close();
  process.stdout.write(`\nTime to the first octet of a miss, ${requests} misses each, one at a time, in turns\n`);
  const [direct] = times;
  for (const [place, server] of asked.entries()) {
    const [middle, slowest] = [median(times[place]!), percentile(times[place]!, 0.99)];
    const added =
      place === 0
        ? ''
        : `   added ${(middle - median(direct!)).toFixed(2)} ms, p99 ${(slowest - percentile(direct!, 0.99)).toFixed(2)} ms`;
    const name = place === 0 ? 'direct' : server.name;
    process.stdout.write(
      `${name.padEnd(10)} median ${middle.toFixed(2).padStart(6)} ms, p99 ${slowest.toFixed(2).padStart(6)} ms${added}\n`,
    );
  }
}

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
