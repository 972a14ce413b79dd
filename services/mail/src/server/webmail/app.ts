import { join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parseExchange } from '#shared/exchange.ts';
import { refuseForeignPages } from '#shared/host/foreign-page.ts';
import type { Host } from '#shared/host/host.ts';
import { createHttpApp } from '#shared/host/http-app.ts';
import type { OpenedApp } from '#shared/host/http-on-demand.ts';
import { noticePage } from '../../page/notice-page.ts';
import { WORDS } from '../../page/words.ts';
import { webmailReport } from '../../reports.ts';
import { isDiskFull } from '../../store/file-pieces.ts';
import { QuotaExceeded } from '../../store/quota.ts';
import { WebSessions } from '../web-sessions.ts';
import { routeAssets } from './assets.ts';
import { routeFolderChanges } from './change-folders.ts';
import { routeChanges } from './change-messages.ts';
import { routeComparison } from './comparison.ts';
import { routeCompose } from './compose.ts';
import { type Asked, languageOf, WebDesk, type WebmailParts } from './desk.ts';
import { routeFolder } from './folder.ts';
import { routeHtmlFrame } from './html-frame.ts';
import { routeLogin } from './login.ts';
import { routeMessage } from './message.ts';
import { News } from './news.ts';
import { routeParts } from './parts.ts';
import { routeSent } from './sent.ts';
import { routeSource } from './source.ts';
import { acceptForms } from './web-form.ts';

/** The webmail, ready to answer. */
export interface WebmailApp extends OpenedApp {
  sessions(): number;
}

/** Largest form of somebody who has not logged in, in octets. */
const LOGIN_OCTETS_MAX = 16 * 1024;
/** What of a form is no file, in octets: the text of a letter, held in memory, may be twice as long as what is shown of one. */
const FIELD_OCTETS_MAX = 2 * 1024 * 1024;
/** Forms that are read and answered at once, of all users and of one. */
const FORMS_MAX = 6;
const FORMS_PER_ACCOUNT_MAX = 2;
/** Longest name of a folder in a path, in characters. */
const PARAMETER_LENGTH_MAX = 1_000;

/** Only what is ours, and nothing of what a message contains: its HTML has a frame with a stricter policy of its own. */
const SECURITY_FIELDS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

declare module 'fastify' {
  interface FastifyRequest {
    /** The exchange of a request and its response in the webmail. */
    mailExchange: string;
  }
}

/** All pages of the webmail. @param silenceMs how long a user may be silent, in milliseconds of lab time */
export async function openWebmailApp(parts: WebmailParts, silenceMs: number): Promise<WebmailApp> {
  const sessions = new WebSessions(parts.host.clock, silenceMs);
  const desk = new WebDesk(parts, sessions);
  const news = new News(desk);
  const app = createHttpApp({
    // A path that cannot be decoded comes to no route and to no hook.
    frameworkErrors: (_error, request, reply) => {
      reply.statusCode = 400;
      return desk.page(reply.headers(SECURITY_FIELDS) as FastifyReply, noticeFor(desk, request, 'notFound'));
    },
    bodyLimit: FIELD_OCTETS_MAX,
    routerOptions: {
      maxParamLength: PARAMETER_LENGTH_MAX,
      // A name that stands twice in a query has one value all the same.
      querystringParser: (query) => Object.fromEntries(new URLSearchParams(query)),
    },
  });
  const ours = [parts.host.address, parts.mailHost, 'localhost', '127.0.0.1'];
  refuseForeignPages(app, (hostname) => ours.includes(hostname.toLowerCase()));
  acceptForms(app, {
    octetsMax: parts.messageOctetsMax + FIELD_OCTETS_MAX,
    fieldOctetsMax: FIELD_OCTETS_MAX,
    folder: join(parts.host.stateDir, 'webmail'),
  });
  reportMessages(app, parts.host);
  guardForms(app, desk);
  app.addHook('onSend', async (_request, reply) => {
    for (const [name, value] of Object.entries(SECURITY_FIELDS)) if (!reply.hasHeader(name)) reply.header(name, value);
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  for (const route of [routeLogin, routeFolder, routeChanges, routeFolderChanges, routeMessage, routeHtmlFrame])
    route(app, desk);
  for (const route of [routeParts, routeSource, routeCompose, routeSent, routeComparison]) route(app, desk);
  routeAssets(app);
  news.route(app);
  app.get('/', (_request, reply) => reply.redirect('/folder/INBOX', 303));
  answerTroubles(app, desk);
  await app.ready();
  return { app, sessions: () => sessions.size, stop: () => news.close() };
}

/** A form is read only when somebody sends it who may: before, nothing of it is held but the little that a log-in needs. */
function guardForms(app: FastifyInstance, desk: WebDesk): void {
  const reading = new Map<FastifyRequest, string>();
  app.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'POST') return;
    if (request.routeOptions.url === '/login') {
      const octets = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
      if (octets > LOGIN_OCTETS_MAX) return reply.code(413).send('');
      // Only files of users go to the disk.
      const hasFiles = request.headers['content-type']?.startsWith('multipart/') === true;
      return hasFiles ? reply.code(415).send('') : undefined;
    }
    const account = desk.sessionOf(request)?.account;
    if (account === undefined) return reply.redirect('/login', 303);
    const ofAccount = [...reading.values()].filter((one) => one === account).length;
    if (reading.size >= FORMS_MAX || ofAccount >= FORMS_PER_ACCOUNT_MAX)
      return desk.page(reply.code(503).header('retry-after', '1'), noticeFor(desk, request, 'trouble'));
    reading.set(request, account);
    // However it ends, also when the browser goes away in the middle of it.
    reply.raw.once('close', () => reading.delete(request));
  });
}

/** What a status is for people; everything else is just trouble. */
const TROUBLES: Readonly<Record<number, Trouble>> = { 413: 'tooLarge', 507: 'diskFull' };

type Trouble = 'notFound' | 'tooLarge' | 'trouble' | 'full' | 'diskFull';

function noticeFor(desk: WebDesk, request: FastifyRequest, title: Trouble): string {
  const words = WORDS[languageOf(request)];
  return noticePage(desk.outside(request), words[title], words[`${title}Explained`]);
}

function answerTroubles(app: FastifyInstance, desk: WebDesk): void {
  const notice = (request: FastifyRequest, title: Trouble) => noticeFor(desk, request, title);
  app.setNotFoundHandler((request, reply) => {
    const session = desk.sessionOf(request);
    if (session === null) return desk.page(reply.code(404), notice(request, 'notFound'));
    return desk.forUser((visit) => desk.notFound(visit))(request as Asked, reply);
  });
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    if (error instanceof QuotaExceeded) return desk.page(reply.code(507), notice(request, 'full'));
    const status = error.statusCode ?? (isDiskFull(error) ? 507 : 500);
    if (status >= 500) desk.parts.host.log.error(`Webmail: ${request.method} ${request.url}: ${error.stack}`);
    return desk.page(reply.code(status), notice(request, TROUBLES[status] ?? 'trouble'));
  });
}

function reportMessages(app: FastifyInstance, host: Host): void {
  app.decorateRequest('mailExchange', '');
  const ends = (request: FastifyRequest) => ({
    client: { address: request.ip, port: request.socket.remotePort ?? 0 },
    here: { address: request.socket.localAddress ?? host.address, port: request.socket.localPort ?? 0 },
  });
  app.addHook('onRequest', async (request) => {
    request.mailExchange = host.newExchange();
    const { client, here } = ends(request);
    const cause = parseExchange(String(request.headers['lab-exchange'] ?? ''));
    const line = {
      exchange: request.mailExchange,
      cause,
      from: client,
      to: here,
      line: `${request.method} ${reportedTarget(request.url)}`,
    };
    const target = reportedTarget(request.url);
    host.report(webmailReport('http.request', line, { method: request.method, target }));
  });
  app.addHook('onResponse', async (request, reply) => {
    const { client, here } = ends(request);
    const line = {
      exchange: request.mailExchange,
      from: here,
      to: client,
      line: `${reply.statusCode} ${request.method} ${reportedTarget(request.url)}`,
    };
    host.report(webmailReport('http.response', line, { status: reply.statusCode }));
  });
}

/** The key of a picture is a secret, as a password is: reports are for everybody. */
function reportedTarget(url: string): string {
  return url.replace(/^\/picture\/[^/]*\/[^/]*/, '/picture/(hidden)/(hidden)');
}
