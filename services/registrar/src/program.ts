import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseTsigKeys, type TsigKey } from '#shared/dns/tsig-key.ts';
import type { Host } from '#shared/host/host.ts';
import { action, type Program, type Running } from '#shared/host/program.ts';
import { createDnsClient } from './client/dns-client.ts';
import { dnsRegistry } from './client/registry.ts';
import { dnsServerChecks } from './client/server-checks.ts';
import { type Config, config } from './config.ts';
import { Registrar } from './registrar.ts';
import { addApiRoutes } from './server/api-routes.ts';
import { createHttpServer } from './server/http-server.ts';
import { addPageRoutes } from './server/page-routes.ts';
import { addRdapRoutes } from './server/rdap-routes.ts';
import { listenWhois, type WhoisServer } from './server/whois-server.ts';
import { fileRegistrations } from './store/file-registrations.ts';
import { redisRegistrations } from './store/redis-registrations.ts';
import { ZoneKeeper } from './zone-keeper.ts';

/** The host's file with the key that the zones of the top-level domains are changed with. */
const KEY_FILE = 'registrar.key';

/** Sells domain names: a page, a JSON API, RDAP and WHOIS over one register, and updates of the zones. */
export const program: Program<Config> = { name: 'registrar', config, needsRedis: true, start };

async function start(config: Config, host: Host): Promise<Running> {
  const tlds = config.REGISTRAR_TLDS;
  const { redis, clock } = host;
  const store =
    redis === null
      ? fileRegistrations(join(host.stateDir, 'registrations'), config.REGISTRATIONS_MAX)
      : redisRegistrations(redis, config.REGISTRATIONS_MAX);
  const client = createDnsClient(host, config.REGISTRY_TIMEOUT_MS);
  const registry = dnsRegistry(host, client, readKey(host));
  const serverChecks = dnsServerChecks(host, client);
  const keeper = new ZoneKeeper(host, store, registry);
  const registrar = new Registrar({ terms: { net: host.net, tlds }, store, registry, serverChecks, keeper, clock });

  const server = createHttpServer(host, config.REGISTRAR_NAMES);
  addApiRoutes(server, registrar);
  addRdapRoutes(server, registrar, { host, tlds });
  addPageRoutes(server, registrar, { host, tlds });
  let whois: WhoisServer | undefined;
  const stop = async () => {
    client.close();
    await Promise.all([server.app.close(), whois?.close(), keeper.close()]);
  };
  try {
    await server.app.listen({ host: host.address, port: host.port(80) });
    whois = await listenWhois(host, registrar, config.WHOIS_TIMEOUT_MS);
    await keeper.takeUp();
  } catch (error) {
    await stop();
    throw error;
  }
  const health = (): string | null => {
    if (redis !== null && redis.status !== 'ready') {
      return 'registrations cannot be read or kept: Redis does not answer. Start the host redis';
    }
    if (keeper.keyTrouble === null) return null;
    return `zones cannot be changed with the key of infra/hosts/${host.name}/${KEY_FILE}: ${keeper.keyTrouble}. Make it the key that the servers of the zones have in infra/hosts/tld-*/keys`;
  };
  return {
    health,
    state: async () => ({
      tlds,
      registrations: await store.count(),
      keptIn: redis === null ? 'files' : 'Redis',
      zones: keeper.counts,
      whois: { answered: whois?.answered() },
    }),
    actions: {
      retry: action('tries everything that waits for its zone now', z.object({}), () => ({ tried: keeper.retryAll() })),
    },
    stop,
  };
}

/** @throws Error that says which file to mend */
function readKey(host: Host): TsigKey {
  const path = join(host.dir, KEY_FILE);
  const [key] = parseTsigKeys(readText(path), path);
  return key!;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(
      `${path} cannot be read (${(error as Error).message}): put the key there that the TLD servers have`,
    );
  }
}
