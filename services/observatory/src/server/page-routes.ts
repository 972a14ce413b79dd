import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { LAB_STYLE } from '#shared/page/lab-style.ts';
import { asLanguage, chooseLanguage, type Language, rememberLanguage } from '#shared/page/language.ts';
import { renderExplainShell } from '../page/explain-shell.ts';
import { renderHttpShell } from '../page/http-shell.ts';
import { renderMailShell } from '../page/mail-shell.ts';
import { renderP2pShell } from '../page/p2p-shell.ts';
import { renderShell, type ShellFacts } from '../page/shell.ts';

const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** What the page is made of, besides the shell. The browser gets the files as they are written. */
const ASSETS = {
  'observatory.css': 'text/css; charset=utf-8',
  'mark.svg': 'image/svg+xml',
  'bits.css': 'text/css; charset=utf-8',
  'explain.css': 'text/css; charset=utf-8',
  'host-panel.css': 'text/css; charset=utf-8',
  'http.css': 'text/css; charset=utf-8',
  'ladder.css': 'text/css; charset=utf-8',
  'mail.css': 'text/css; charset=utf-8',
  'p2p.css': 'text/css; charset=utf-8',
  'swarm.css': 'text/css; charset=utf-8',
  'time.css': 'text/css; charset=utf-8',
  'bits-view.js': 'text/javascript; charset=utf-8',
  'cache-tables.js': 'text/javascript; charset=utf-8',
  'chart-scale.js': 'text/javascript; charset=utf-8',
  'curve-chart.js': 'text/javascript; charset=utf-8',
  'details-view.js': 'text/javascript; charset=utf-8',
  'element.js': 'text/javascript; charset=utf-8',
  'explain-drawing.js': 'text/javascript; charset=utf-8',
  'explain-main.js': 'text/javascript; charset=utf-8',
  'field-table.js': 'text/javascript; charset=utf-8',
  'filter-view.js': 'text/javascript; charset=utf-8',
  'follow-reports.js': 'text/javascript; charset=utf-8',
  'header-diagram.js': 'text/javascript; charset=utf-8',
  'hex.js': 'text/javascript; charset=utf-8',
  'host-api.js': 'text/javascript; charset=utf-8',
  'host-panel.js': 'text/javascript; charset=utf-8',
  'hosts-view.js': 'text/javascript; charset=utf-8',
  'http-main.js': 'text/javascript; charset=utf-8',
  'http-message.js': 'text/javascript; charset=utf-8',
  'http-view.js': 'text/javascript; charset=utf-8',
  'ladder-steps.js': 'text/javascript; charset=utf-8',
  'ladder-view.js': 'text/javascript; charset=utf-8',
  'ladder.js': 'text/javascript; charset=utf-8',
  'language.js': 'text/javascript; charset=utf-8',
  'list-view.js': 'text/javascript; charset=utf-8',
  'mail-main.js': 'text/javascript; charset=utf-8',
  'mail-tables.js': 'text/javascript; charset=utf-8',
  'mail-way.js': 'text/javascript; charset=utf-8',
  'main.js': 'text/javascript; charset=utf-8',
  'octet-rows.js': 'text/javascript; charset=utf-8',
  'p2p-main.js': 'text/javascript; charset=utf-8',
  'peer-badges.js': 'text/javascript; charset=utf-8',
  'piece-columns.js': 'text/javascript; charset=utf-8',
  'piece-map.js': 'text/javascript; charset=utf-8',
  'pointer-lines.js': 'text/javascript; charset=utf-8',
  'quantities.js': 'text/javascript; charset=utf-8',
  'rate-chart.js': 'text/javascript; charset=utf-8',
  'record-table.js': 'text/javascript; charset=utf-8',
  'report-list.js': 'text/javascript; charset=utf-8',
  'ring-places.js': 'text/javascript; charset=utf-8',
  'rung-message.js': 'text/javascript; charset=utf-8',
  'step-detail.js': 'text/javascript; charset=utf-8',
  'svg.js': 'text/javascript; charset=utf-8',
  'swarm-controls.js': 'text/javascript; charset=utf-8',
  'swarm-entries.js': 'text/javascript; charset=utf-8',
  'swarm-facts.js': 'text/javascript; charset=utf-8',
  'swarm-graph.js': 'text/javascript; charset=utf-8',
  'swarm-picture.js': 'text/javascript; charset=utf-8',
  'swarm-player.js': 'text/javascript; charset=utf-8',
  'swarm-rates.js': 'text/javascript; charset=utf-8',
  'swarm-rounds.js': 'text/javascript; charset=utf-8',
  'swarm-source.js': 'text/javascript; charset=utf-8',
  'swarm-story.js': 'text/javascript; charset=utf-8',
  'swarm-tables.js': 'text/javascript; charset=utf-8',
  'swarm-tabs.js': 'text/javascript; charset=utf-8',
  'swarm-view.js': 'text/javascript; charset=utf-8',
  'swarm-why.js': 'text/javascript; charset=utf-8',
  'time-bounds.js': 'text/javascript; charset=utf-8',
  'time-main.js': 'text/javascript; charset=utf-8',
  'zone-tables.js': 'text/javascript; charset=utf-8',
} as const;

/**
 * The pages `/`, `/explain`, `/http`, `/mail` and `/p2p`, and their files at `/page/`. `?language=ko` at each chooses a language and remembers it.
 */
export function addPageRoutes(app: FastifyInstance, facts: () => ShellFacts): void {
  addPage(app, '/', (language) => renderShell(language, facts()));
  addPage(app, '/explain', (language) => renderExplainShell(language, facts().map));
  addPage(app, '/http', (language) => renderHttpShell(language, facts().map));
  addPage(app, '/mail', (language) => renderMailShell(language, facts().map));
  addPage(app, '/p2p', (language) => renderP2pShell(language, facts().map));

  addFile(app, 'lab.css', 'text/css; charset=utf-8', Buffer.from(LAB_STYLE));
  for (const [name, type] of Object.entries(ASSETS))
    addFile(app, name, type, readFileSync(new URL(`../page/${name}`, import.meta.url)));
}

function addFile(app: FastifyInstance, name: string, type: string, octets: Buffer): void {
  const etag = `"${createHash('sha256').update(octets).digest('base64url').slice(0, 22)}"`;
  app.get(`/page/${name}`, async (request, reply) => {
    reply.header('etag', etag).header('cache-control', 'no-cache').type(type);
    return request.headers['if-none-match'] === etag ? reply.code(304).send() : octets;
  });
}

function addPage(app: FastifyInstance, path: string, render: (language: Language) => string): void {
  app.get<{ Querystring: { language?: string } }>(path, async (request, reply) => {
    const switched = asLanguage(String(request.query.language));
    if (switched !== undefined) {
      return reply.header('set-cookie', rememberLanguage(switched)).redirect(path, 303);
    }
    const { cookie, 'accept-language': acceptLanguage } = request.headers;
    const language = chooseLanguage({ cookie, acceptLanguage });
    reply.header('content-security-policy', CSP).header('content-language', language);
    reply.header('vary', 'Accept-Language, Cookie').type('text/html; charset=utf-8');
    return render(language);
  });
}
