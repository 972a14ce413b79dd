import type { Host } from '#shared/host/host.ts';
import type { Program, Running } from '#shared/host/program.ts';
import { dnsRegistry } from './client/registry.ts';
import { type Config, config } from './config.ts';
import { Registrar } from './registrar.ts';
import { addApiRoutes } from './server/api-routes.ts';
import { createHttpServer } from './server/http-server.ts';
import { addPageRoutes } from './server/page-routes.ts';
import { listenWhois, type WhoisServer } from './server/whois-server.ts';
import { memoryRegistrations } from './store/memory-registrations.ts';
import { redisRegistrations } from './store/redis-registrations.ts';

/** Sells domain names: a page, a JSON API and WHOIS over one register. */
export const program: Program<Config> = { name: 'registrar', config, needsRedis: true, start };

async function start(config: Config, host: Host): Promise<Running> {
  const tlds = config.REGISTRAR_TLDS;
  const { redis, clock } = host;
  const store =
    redis === null
      ? memoryRegistrations(config.REGISTRATIONS_MAX)
      : redisRegistrations(redis, config.REGISTRATIONS_MAX);
  const registry = dnsRegistry(host, config.REGISTRY_TIMEOUT_MS);
  const registrar = new Registrar({ terms: { net: host.net, tlds }, store, registry, clock });

  const server = createHttpServer(host, config.REGISTRAR_NAMES);
  addApiRoutes(server, registrar);
  addPageRoutes(server, registrar, { host, tlds });
  let whois: WhoisServer | undefined;
  const stop = async () => {
    registry.close();
    await Promise.all([server.app.close(), whois?.close()]);
  };
  try {
    await server.app.listen({ host: host.address, port: host.port(80) });
    whois = await listenWhois(host, registrar, config.WHOIS_TIMEOUT_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    health: () =>
      redis === null || redis.status === 'ready'
        ? null
        : 'registrations cannot be read or kept: Redis does not answer. Start the host redis',
    state: async () => ({
      tlds,
      registrations: await store.count(),
      keptIn: redis === null ? 'memory' : 'Redis',
      whois: { answered: whois?.answered() },
    }),
    stop,
  };
}
