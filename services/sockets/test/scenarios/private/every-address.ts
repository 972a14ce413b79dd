/**
 * Runs in a network of its own (private-network.ts), where port 12000 of every address is free: starts each server
 * without arguments and prints what the operating system says of its socket, as `Bound[]`.
 */
import { kernelSockets } from '#shared/host/test/kit/kernel-sockets.ts';
import { canRun, LANGUAGES, startServer, TRANSPORTS } from '../../kit/programs.ts';

export interface Bound {
  readonly server: string;
  readonly sockets: readonly string[];
}

const bound: Bound[] = [];
for (const transport of TRANSPORTS) {
  for (const language of LANGUAGES.filter(canRun)) {
    const server = await startServer(language, transport, []);
    const sockets = kernelSockets(transport).filter(({ local }) => local.port === 12_000);
    bound.push({
      server: `${language} ${transport}`,
      sockets: sockets.map(({ local, state }) => `${local.address}:${local.port} ${state}`),
    });
    await server.stop();
  }
}
process.stdout.write(JSON.stringify(bound));
