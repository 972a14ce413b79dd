/**
 * One of the servers alone in a terminal, without the lab around it, for two terminals side by side:
 * node services/sockets/src/server/alone.ts udp|tcp [HOST [PORT]] [--steps]. Ctrl+C ends it.
 */
import { type CommandLine, fail, readCommandLine } from '../terminal.ts';
import { listenTcp } from './tcp-server.ts';
import { listenUdp } from './udp-server.ts';
import type { Onlooker, UpperCaseServer } from './upper-case-server.ts';

const TCP_OPTIONS = { backlog: 1, idleMs: 30_000 };

const transport = process.argv.splice(2, 1)[0];
const { host, port, tell } = readCommandLine({ host: '0.0.0.0' });

const onlooker: Onlooker = {
  newExchange: () => '',
  tell: (_exchange, step) => tell(step),
  trouble: (sentence) => process.stderr.write(`${sentence}\n`),
};

const server = await open({ host, port }).catch((error: Error) => fail(error.message));
process.stdout.write(`The ${transport?.toUpperCase()} server is ready on ${host}:${port}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());

function open({ host, port }: Pick<CommandLine, 'host' | 'port'>): Promise<UpperCaseServer> {
  if (transport === 'udp') return listenUdp({ address: host, port }, onlooker);
  if (transport === 'tcp') return listenTcp({ address: host, port }, TCP_OPTIONS, onlooker);
  return fail('Say udp or tcp: alone.ts udp|tcp [HOST [PORT]] [--steps]');
}
