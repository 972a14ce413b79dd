import { join } from 'node:path';
import { z } from 'zod';
import type { Host } from '#shared/host/host.ts';
import { type Action, action, type Program, type Running } from '#shared/host/program.ts';
import { type Config, config } from './config.ts';
import { parseDocumentPath } from './protocol/document-path.ts';
import type { Origin } from './server/answer-request.ts';
import { listenHttp } from './server/http-server.ts';
import { Documents } from './store/documents.ts';
import { Overlay } from './store/overlay.ts';
import { type Site, Sites } from './store/sites.ts';

/** The well-known port of HTTP (RFC 9110, section 4.2.1). */
const HTTP_PORT = 80;
/** Longest document that an action writes, in characters. */
const EDIT_CHARACTERS_MAX = 500_000;

/** An origin web server: the sites in `www/`, one folder for each. */
export const program: Program<Config> = { name: 'origin', config, start };

async function start(config: Config, host: Host): Promise<Running> {
  const overlayFolder = join(host.stateDir, 'www');
  const sites = await Sites.open(join(host.dir, 'www'), overlayFolder);
  const counters = { requests: 0, octets: 0, statuses: {} };
  const origin: Origin = { host, serverField: config.SERVER_FIELD, sites, documents: new Documents(), counters };
  const port = host.port(HTTP_PORT);
  const server = await listenHttp(origin, port, config.KEEP_ALIVE_MS);
  return {
    state: async () => ({ port, sites: await sites.names(), connections: await server.connections(), ...counters }),
    health: () => sites.trouble(),
    actions: documentActions(origin, new Overlay(overlayFolder)),
    stop: () => server.close(),
  };
}

const where = {
  host: z.string('give the host name of the site'),
  path: z.string('give the path of a document: /index.html'),
};

function documentActions({ host, sites }: Origin, overlay: Overlay): Readonly<Record<string, Action>> {
  const edit = z.object({ ...where, text: z.string('give the new text').max(EDIT_CHARACTERS_MAX) });
  const restore = z.object({ host: where.host, path: where.path.optional() });
  return {
    edit: action('Writes a new version of a document: { host, path, text }', edit, async (input) => {
      const document = await named(sites, input.host, input.path);
      await overlay.edit(document.site, document.segments, Buffer.from(input.text, 'utf8'), host.clock.now());
      return { edited: document.url };
    }),
    touch: action('Moves the Last-Modified of a document to now: { host, path }', z.object(where), async (input) => {
      const document = await named(sites, input.host, input.path);
      await overlay.touch(document.site, document.segments, host.clock.now());
      return { touched: document.url };
    }),
    restore: action('Undoes edits of a document, or of a whole site: { host, path? }', restore, async (input) => {
      const document = input.path === undefined ? null : await named(sites, input.host, input.path);
      const site = document?.site ?? (await knownSite(sites, input.host));
      await overlay.restore(site, document?.segments ?? null);
      return { restored: document?.url ?? `http://${site.name}/` };
    }),
  };
}

/** The document that an action is about. @throws Error with a sentence */
async function named(sites: Sites, hostName: string, path: string) {
  const site = await knownSite(sites, hostName);
  const parsed = parseDocumentPath(path.startsWith('/') ? path : `/${path}`);
  if (parsed.kind !== 'path') throw new Error(`Cannot use the path ${path}: ${parsed.because}`);
  const segments = parsed.folder ? [...parsed.segments, 'index.html'] : parsed.segments;
  return { site, segments, url: `http://${site.name}/${segments.join('/')}` };
}

async function knownSite(sites: Sites, hostName: string): Promise<Site> {
  const site = await sites.find(hostName.toLowerCase());
  if (site !== null) return site;
  throw new Error(`No site named ${hostName} is served here: use one of ${(await sites.names()).join(', ')}`);
}
