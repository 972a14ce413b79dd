import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { LAB_STYLE } from '#shared/page/lab-style.ts';
import { asLanguage, chooseLanguage, type Language, rememberLanguage } from '#shared/page/language.ts';
import { renderExplainShell } from '../page/explain-shell.ts';
import { renderHttpShell } from '../page/http-shell.ts';
import { renderMailShell } from '../page/mail-shell.ts';
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
  'main.js': 'text/javascript; charset=utf-8',
  'bits-view.js': 'text/javascript; charset=utf-8',
  'cache-tables.js': 'text/javascript; charset=utf-8',
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
  'ladder.js': 'text/javascript; charset=utf-8',
  'ladder-steps.js': 'text/javascript; charset=utf-8',
  'ladder-view.js': 'text/javascript; charset=utf-8',
  'list-view.js': 'text/javascript; charset=utf-8',
  'mail-main.js': 'text/javascript; charset=utf-8',
  'mail-tables.js': 'text/javascript; charset=utf-8',
  'mail-way.js': 'text/javascript; charset=utf-8',
  'octet-rows.js': 'text/javascript; charset=utf-8',
  'pointer-lines.js': 'text/javascript; charset=utf-8',
  'record-table.js': 'text/javascript; charset=utf-8',
  'report-list.js': 'text/javascript; charset=utf-8',
  'rung-message.js': 'text/javascript; charset=utf-8',
  'step-detail.js': 'text/javascript; charset=utf-8',
  'zone-tables.js': 'text/javascript; charset=utf-8',
  'language.js': 'text/javascript; charset=utf-8',
} as const;

/**
 * The pages `/`, `/explain`, `/http` and `/mail`, and their files at `/page/`. `?language=ko` at each chooses a language and remembers it.
 */
export function addPageRoutes(app: FastifyInstance, facts: () => ShellFacts): void {
  addPage(app, '/', (language) => renderShell(language, facts()));
  addPage(app, '/explain', (language) => renderExplainShell(language, facts().map));
  addPage(app, '/http', (language) => renderHttpShell(language, facts().map));
  addPage(app, '/mail', (language) => renderMailShell(language, facts().map));

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
