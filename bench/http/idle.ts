import { proportionalMb, type Server } from '../processes.ts';
import { KeepAliveClient } from './keep-alive-client.ts';

/** Connections that are being made at one time. */
const LANES = 32;

/** Connections that have been answered once and then stay: what they weigh, and whether each is still good. */
export async function benchIdle(servers: readonly Server[], url: string, connections: number): Promise<void> {
  process.stdout.write(`\n${connections} idle connections, kept alive after one answer\n`);
  for (const server of servers) {
    const before = proportionalMb(server.pid);
    const clients: KeepAliveClient[] = [];
    const refused = await openAll(server, url, connections, clients);
    const grown = proportionalMb(server.pid) - before;
    const octets = (grown * 1e6) / Math.max(1, clients.length);
    const alive = await stillAnswered(clients, url);
    const fresh = await KeepAliveClient.open(server)
      .then(async (client) => client.get(url).finally(() => client.close()))
      .then(
        ({ status }) => `a new one is answered ${status}`,
        (error: Error) => `a new one is NOT answered: ${error.message}`,
      );
    for (const client of clients) client.close();
    const verdict = clients.length === connections ? 'all held' : `${clients.length} HELD, first refusal: ${refused}`;
    process.stdout.write(
      `${server.name.padEnd(10)} ${verdict}, ${grown.toFixed(1).padStart(6)} MB = ${octets.toFixed(0)} octets each; ${alive} of them answered again; ${fresh}\n`,
    );
  }
}

async function openAll(server: Server, url: string, count: number, clients: KeepAliveClient[]): Promise<string> {
  let left = count;
  let refused = '';
  const lane = async () => {
    while (left > 0 && refused === '') {
      left -= 1;
      try {
        const client = await KeepAliveClient.open(server);
        await client.get(url);
        clients.push(client);
      } catch (error) {
        refused ||= (error as Error).message;
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return refused;
}

async function stillAnswered(clients: readonly KeepAliveClient[], url: string): Promise<number> {
  let next = 0;
  let answered = 0;
  const lane = async () => {
    while (next < clients.length) {
      const client = clients[next++]!;
      const isAnswered = await client.get(url).then(
        () => true,
        () => false,
      );
      if (isAnswered) answered += 1;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return answered;
}
