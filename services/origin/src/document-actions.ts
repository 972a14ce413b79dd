import { z } from 'zod';
import { type Action, action } from '#shared/host/program.ts';
import { parseDocumentPath } from './protocol/document-path.ts';
import type { Origin } from './server/exchange.ts';
import { fileNames } from './store/documents.ts';
import type { Site, Sites } from './store/sites.ts';

/** Longest document that an action writes, in characters. */
const EDIT_CHARACTERS_MAX = 500_000;

const where = {
  host: z.string('give the host name of the site'),
  path: z.string('give the path of a document: /index.html'),
};

/** What may be done to documents from outside of HTTP. */
export function documentActions({ host, sites, overlay }: Origin): Readonly<Record<string, Action>> {
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
  const segments = fileNames(parsed);
  return { site, segments, url: `http://${site.name}/${segments.join('/')}` };
}

async function knownSite(sites: Sites, hostName: string): Promise<Site> {
  const site = await sites.find(hostName.toLowerCase());
  if (site !== null) return site;
  throw new Error(`No site named ${hostName} is served here: use one of ${(await sites.names()).join(', ')}`);
}
