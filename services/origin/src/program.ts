import { join } from 'node:path';
import type { Host } from '#shared/host/host.ts';
import type { Program, Running } from '#shared/host/program.ts';
import { openTls } from '#shared/host/tls.ts';
import { type Config, config } from './config.ts';
import { documentActions } from './document-actions.ts';
import type { Origin } from './server/exchange.ts';
import { type HttpServer, listenHttp } from './server/http-server.ts';
import { type HttpsServer, listenHttps } from './server/https-server.ts';
import { openShop } from './server/shop/open-shop.ts';
import type { SiteHandler } from './server/site-handler.ts';
import { CodedDocuments } from './store/coded-documents.ts';
import { Documents } from './store/documents.ts';
import { Overlay } from './store/overlay.ts';
import { Sites } from './store/sites.ts';

/** The well-known port of HTTP (RFC 9110, section 4.2.1). */
const HTTP_PORT = 80;
/** The well-known port of HTTP over TLS (RFC 9110, section 4.2.2). */
const HTTPS_PORT = 443;

/** An origin web server: the sites in `www/`, one folder for each. */
export const program: Program<Config> = { name: 'origin', config, start };

async function start(config: Config, host: Host): Promise<Running> {
  const overlayFolder = join(host.stateDir, 'www');
  const sites = await Sites.open(join(host.dir, 'www'), overlayFolder);
  const overlay = new Overlay(overlayFolder);
  await overlay.clear();
  const origin: Origin = {
    host,
    serverField: config.SERVER_FIELD,
    sites,
    documents: new Documents(),
    coded: new CodedDocuments(),
    overlay,
    handlers: await openHandlers(host, sites),
    counters: { requests: 0, octets: 0, statuses: {} },
  };
  const port = host.port(HTTP_PORT);
  const http = await listenHttp(origin, port, config.KEEP_ALIVE_MS);
  const https = config.HTTPS ? await openHttps(origin, http, config.KEEP_ALIVE_MS) : null;
  return {
    state: async () => ({
      port,
      securePort: https === null ? null : host.port(HTTPS_PORT),
      sites: await sites.names(),
      connections: (await http.connections()) + (https?.connections() ?? 0),
      ...origin.counters,
      ...(await handlerStates(origin.handlers)),
    }),
    health: () => sites.trouble() ?? troubleOf(origin.handlers),
    actions: documentActions(origin),
    stop: async () => {
      await https?.close();
      await http.close();
    },
  };
}

/** The sites that answer by program. @throws Error with one sentence that names the file at fault */
async function openHandlers(host: Host, sites: Sites): Promise<ReadonlyMap<string, SiteHandler>> {
  const handlers = new Map<string, SiteHandler>();
  for (const { name, roots } of sites.all()) {
    const shop = await openShop(host, roots.at(-1)!);
    if (shop !== null) handlers.set(name, shop);
  }
  return handlers;
}

/** What the shops know, by the names of their sites; nothing where there is no shop. */
async function handlerStates(handlers: ReadonlyMap<string, SiteHandler>): Promise<object> {
  if (handlers.size === 0) return {};
  const states = [...handlers].map(async ([name, handler]) => [name, await handler.state()] as const);
  return { shops: Object.fromEntries(await Promise.all(states)) };
}

function troubleOf(handlers: ReadonlyMap<string, SiteHandler>): string | null {
  return [...handlers.values()].map((handler) => handler.trouble()).find((trouble) => trouble !== null) ?? null;
}

/** @throws ConfigError; what has started is then stopped again. */
async function openHttps(origin: Origin, http: HttpServer, keepAliveMs: number): Promise<HttpsServer> {
  const { host, sites } = origin;
  try {
    const tls = await openTls(host, await sites.names());
    return await listenHttps(origin, http, tls, host.port(HTTPS_PORT), keepAliveMs);
  } catch (error) {
    await http.close();
    throw error;
  }
}
