import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { LAB_STYLE } from '#shared/page/lab-style.ts';

/** What all pages have in common, by its path. */
const ASSETS = [
  { path: '/webmail.css', type: 'text/css; charset=utf-8', before: LAB_STYLE },
  { path: '/webmail.js', type: 'text/javascript; charset=utf-8', before: '' },
  { path: '/mark.svg', type: 'image/svg+xml', before: '' },
] as const;
/** How long a browser may keep them, in seconds: a minute, so that a new version is seen soon. */
const FRESH_S = 60;

/** The style sheet, the script and the mark of all pages, read from disk when they are asked for. */
export function routeAssets(app: FastifyInstance): void {
  for (const { path, type, before } of ASSETS) {
    app.get(path, async (_request, reply) => {
      const text = await readFile(new URL(`../../page${path}`, import.meta.url), 'utf8');
      return reply
        .type(type)
        .header('cache-control', `max-age=${FRESH_S}`)
        .send(before + text);
    });
  }
}
