import type { Host } from '#shared/host/host.ts';
import type { Program, Running } from '#shared/host/program.ts';
import { type Config, config } from './config.ts';
import { stepReport } from './reports.ts';
import { listenTcp } from './server/tcp-server.ts';
import { listenUdp } from './server/udp-server.ts';
import type { Onlooker } from './server/upper-case-server.ts';

/** The smallest program of the lab: read it first to see the shape of all. */
export const program: Program<Config> = { name: 'sockets', config, start };

async function start(config: Config, host: Host): Promise<Running> {
  const observatory: Onlooker = {
    newExchange: host.newExchange,
    tell: (exchange, step) => host.report(stepReport(exchange, step)),
    trouble: (sentence) => host.log.warn(sentence),
  };
  const here = host.endpoint(config.UPPERCASE_PORT);
  const udp = await listenUdp(here, observatory);
  const tcp = await listenTcp(here, { backlog: config.TCP_BACKLOG, idleMs: config.TCP_IDLE_MS }, observatory).catch(
    async (error: Error) => {
      await udp.close();
      throw error;
    },
  );
  return {
    state: () => ({
      served: { udp: udp.served(), tcp: tcp.served() },
      sockets: [...udp.sockets(), ...tcp.sockets()],
    }),
    stop: async () => {
      await Promise.all([udp.close(), tcp.close()]);
    },
  };
}
