import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { LAB_STYLE } from '#shared/page/lab-style.ts';

/** The style sheet, in the order in which later rules win. */
const STYLES = ['base', 'controls', 'frame', 'message-list', 'message', 'way', 'source', 'folders', 'print'] as const;

/** What all pages have in common, by its path. */
const ASSETS = [
  {
    path: '/webmail.css',
    type: 'text/css; charset=utf-8',
    files: STYLES.map((name) => `style/${name}.css`),
    before: LAB_STYLE,
  },
  { path: '/webmail.js', type: 'text/javascript; charset=utf-8', files: ['webmail.js'], before: '' },
  { path: '/mark.svg', type: 'image/svg+xml', files: ['mark.svg'], before: '' },
] as const;
/** How long a browser may keep them, in seconds: a minute, so that a new version is seen soon. */
const FRESH_S = 60;

/** The style sheet, the script and the mark of all pages, read from disk when they are asked for. */
export function routeAssets(app: FastifyInstance): void {
  for (const { path, type, files, before } of ASSETS) {
    app.get(path, async (_request, reply) => {
      const texts = await Promise.all(files.map(readPageFile));
      return reply
        .type(type)
        .header('cache-control', `max-age=${FRESH_S}`)
        .send(before + texts.join(''));
    });
  }
}

function readPageFile(name: string): Promise<string> {
  return readFile(new URL(`../../page/${name}`, import.meta.url), 'utf8');
}
