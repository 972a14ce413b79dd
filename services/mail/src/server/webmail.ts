import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parseExchange } from '#shared/exchange.ts';
import { refuseForeignPages } from '#shared/host/control.ts';
import type { Host } from '#shared/host/host.ts';
import { createHttpApp } from '#shared/host/http-app.ts';
import { asLanguage, chooseLanguage, rememberLanguage } from '#shared/page/language.ts';
import {
  composePage,
  type Draft,
  inboxPage,
  loginPage,
  messagePage,
  noticePage,
  type PageContext,
  sentPage,
} from '../page/pages.ts';
import { STYLE } from '../page/style.ts';
import { WORDS, type Words } from '../page/words.ts';
import type { MailDirectory } from '../protocol/mail-directory.ts';
import { webmailReport } from '../reports.ts';
import type { MailStore } from '../store/mail-store.ts';
import type { Logins } from './logins.ts';
import type { Envelope, Receipt } from './message-intake.ts';
import { hasToken, type WebSession, WebSessions } from './web-sessions.ts';
import { draftAbout, emptyDraft, type SentLetter, submitDraft } from './webmail-letters.ts';
import { readInboxPage, readWhole } from './webmail-reading.ts';

export interface WebmailParts {
  readonly host: Host;
  readonly directory: MailDirectory;
  readonly logins: Logins;
  readonly mailboxes: MailStore;
  readonly mailHost: string;
  receive(message: AsyncIterable<Uint8Array>, envelope: Envelope, cause: string): Promise<Receipt>;
}

export interface Webmail {
  sessions(): number;
  close(): Promise<void>;
}

/** Largest form, in octets. */
const FORM_OCTETS_MAX = 1024 * 1024;
const SESSION_COOKIE = 'session';

/** No script, no image, nothing from elsewhere: what a message contains can do nothing in the reader's browser. */
const SECURITY_FIELDS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** Serves the webmail: a user agent that the user reaches over HTTP, and that has the mailboxes beside it. */
export async function listenWebmail(
  parts: WebmailParts,
  options: { port: number; silenceMs: number },
): Promise<Webmail> {
  const sessions = new WebSessions(parts.host.clock, options.silenceMs);
  const app = createHttpApp({ bodyLimit: FORM_OCTETS_MAX, forceCloseConnections: true });
  const ours = [parts.host.address, parts.mailHost, 'localhost', '127.0.0.1'];
  refuseForeignPages(app, (hostname) => ours.includes(hostname.toLowerCase()));
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, new URLSearchParams(String(body)));
  });
  reportMessages(app, parts.host);
  new WebmailPages(parts, sessions).route(app);
  await app.listen({ host: parts.host.address, port: options.port });
  return { sessions: () => sessions.size, close: () => app.close() };
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The exchange of a request and its response in the webmail. */
    mailExchange: string;
  }
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
      line: `${request.method} ${request.url}`,
    };
    host.report(webmailReport('http.request', line, { method: request.method, target: request.url }));
  });
  app.addHook('onResponse', async (request, reply) => {
    const { client, here } = ends(request);
    const line = {
      exchange: request.mailExchange,
      from: here,
      to: client,
      line: `${reply.statusCode} ${request.method} ${request.url}`,
    };
    host.report(webmailReport('http.response', line, { status: reply.statusCode }));
  });
}

type Asked = FastifyRequest<{ Params: { [name: string]: string }; Querystring: { [name: string]: string } }>;

/** The pages and forms. */
class WebmailPages {
  readonly #parts: WebmailParts;
  readonly #sessions: WebSessions;

  constructor(parts: WebmailParts, sessions: WebSessions) {
    this.#parts = parts;
    this.#sessions = sessions;
  }

  route(app: FastifyInstance): void {
    app.addHook('onSend', async (_request, reply) => {
      reply.headers(SECURITY_FIELDS);
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    });
    app.get('/style.css', (_request, reply) =>
      reply.type('text/css; charset=utf-8').header('cache-control', 'max-age=3600').send(STYLE),
    );
    app.get('/', (_request, reply) => reply.redirect('/inbox', 303));
    app.get('/login', (request: Asked, reply) => this.#page(reply, loginPage(this.#context(request, null), false)));
    app.post('/login', (request: Asked, reply) => this.#logIn(request, reply));
    app.get('/language/:language', (request: Asked, reply) => this.#setLanguage(request, reply));
    app.get(
      '/inbox',
      this.#forUser((request, reply, session) => this.#inbox(request, reply, session)),
    );
    app.get(
      '/message/:uid',
      this.#forUser((request, reply, session) => this.#message(request, reply, session)),
    );
    app.get(
      '/compose',
      this.#forUser((request, reply, session) => this.#compose(request, reply, session)),
    );
    app.post(
      '/send',
      this.#forUser((request, reply, session) => this.#send(request, reply, session)),
    );
    app.post(
      '/logout',
      this.#forUser((request, reply) => this.#logOut(request, reply)),
    );
    app.setNotFoundHandler((request, reply) => this.#notFound(request as Asked, reply, null));
  }

  /** Lets only users in, and forms only with the token of their session. */
  #forUser(serve: (request: Asked, reply: FastifyReply, session: WebSession) => Promise<FastifyReply> | FastifyReply) {
    return async (request: Asked, reply: FastifyReply) => {
      const session = this.#sessions.find(cookie(request, SESSION_COOKIE));
      if (session === null) return reply.redirect('/login', 303);
      if (request.method === 'POST' && !hasToken(session, form(request).get('token') ?? '')) {
        const words = this.#words(request);
        return this.#page(
          reply.code(403),
          noticePage(this.#context(request, session), words.formExpired, words.formExpiredExplained),
        );
      }
      return serve(request, reply, session);
    };
  }

  async #logIn(request: Asked, reply: FastifyReply): Promise<FastifyReply> {
    const given = form(request);
    const account = await this.#parts.logins.check(given.get('user') ?? '', given.get('password') ?? '', request.ip);
    if (account === null) return this.#page(reply.code(401), loginPage(this.#context(request, null), true));
    this.#sessions.close(cookie(request, SESSION_COOKIE));
    const id = this.#sessions.open(account);
    return reply
      .header('set-cookie', `${SESSION_COOKIE}=${id}; Path=/; HttpOnly; SameSite=Strict`)
      .redirect('/inbox', 303);
  }

  #logOut(request: Asked, reply: FastifyReply): FastifyReply {
    this.#sessions.close(cookie(request, SESSION_COOKIE));
    return reply
      .header('set-cookie', `${SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`)
      .redirect('/login', 303);
  }

  #setLanguage(request: Asked, reply: FastifyReply): FastifyReply {
    const { language } = request.params;
    const chosen = asLanguage(language);
    if (chosen !== undefined) reply.header('set-cookie', rememberLanguage(chosen));
    // Only back to a page of ours: `//elsewhere` and `/\elsewhere` would lead away.
    const back = request.query.back ?? '';
    return reply.redirect(/^\/[a-z]+(\/\d+)?(\?[a-z]+=\d+)?$/.test(back) ? back : '/inbox', 303);
  }

  async #inbox(request: Asked, reply: FastifyReply, session: WebSession): Promise<FastifyReply> {
    const wanted = Number(/^\d{1,6}$/.exec(request.query.page ?? '')?.[0] ?? 1);
    const { rows, place } = await readInboxPage(this.#parts.mailboxes.inbox(session.account), wanted);
    return this.#page(reply, inboxPage(this.#context(request, session), rows, place));
  }

  async #message(request: Asked, reply: FastifyReply, session: WebSession): Promise<FastifyReply> {
    const uid = Number(/^\d{1,10}$/.exec(request.params.uid ?? '')?.[0] ?? 0);
    const mailbox = this.#parts.mailboxes.inbox(session.account);
    const read = await readWhole(mailbox, uid);
    if (read === null) return this.#notFound(request, reply, session);
    await mailbox.setFlags(uid, (flags) => `${flags}S`);
    return this.#page(reply, messagePage(this.#context(request, session), uid, read.message, read.arrivedAt));
  }

  async #compose(request: Asked, reply: FastifyReply, session: WebSession): Promise<FastifyReply> {
    const { reply: answered, forward } = request.query;
    const uid = Number(/^\d{1,10}$/.exec(answered ?? forward ?? '')?.[0] ?? 0);
    const original = uid === 0 ? null : await readWhole(this.#parts.mailboxes.inbox(session.account), uid);
    const kind = answered === undefined ? 'forward' : 'reply';
    const draft = original === null ? emptyDraft() : draftAbout(original.message, kind, this.#words(request));
    return this.#page(reply, composePage(this.#context(request, session), draft, null));
  }

  async #send(request: Asked, reply: FastifyReply, session: WebSession): Promise<FastifyReply> {
    const given = form(request);
    const value = (name: keyof Draft) => given.get(name) ?? '';
    const draft: Draft = {
      to: value('to'),
      cc: value('cc'),
      subject: value('subject'),
      text: value('text'),
      inReplyTo: value('inReplyTo'),
      references: value('references'),
    };
    const sender = { account: session.account, clientAddress: request.ip, cause: request.mailExchange };
    const sent: SentLetter = await submitDraft(this.#parts, draft, sender, this.#words(request));
    if (sent.kind === 'refused')
      return this.#page(reply.code(422), composePage(this.#context(request, session), draft, sent.sentence));
    return this.#page(reply, sentPage(this.#context(request, session), sent.id));
  }

  #notFound(request: Asked, reply: FastifyReply, session: WebSession | null): FastifyReply {
    const words = this.#words(request);
    return this.#page(
      reply.code(404),
      noticePage(this.#context(request, session), words.notFound, words.notFoundExplained),
    );
  }

  #page(reply: FastifyReply, html: string): FastifyReply {
    return reply.type('text/html; charset=utf-8').header('vary', 'Accept-Language, Cookie').send(html);
  }

  #words(request: FastifyRequest): Words {
    return WORDS[language(request)];
  }

  #context(request: FastifyRequest, session: WebSession | null): PageContext {
    const { directory, mailHost } = this.#parts;
    const domain = directory.domains[0] ?? mailHost;
    const user = session === null ? null : { address: `${session.account}@${domain}`, formToken: session.formToken };
    // A form's address cannot be asked for again: after it the switch leads to the inbox.
    const path = request.method === 'GET' ? request.url : '/inbox';
    return { language: language(request), domain, mailHost, path, user };
  }
}

function language(request: FastifyRequest) {
  const { cookie, 'accept-language': acceptLanguage } = request.headers;
  return chooseLanguage({ cookie, acceptLanguage });
}

function form(request: FastifyRequest): URLSearchParams {
  return request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
}

function cookie(request: FastifyRequest, name: string): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(/;\s*/, 50);
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}
