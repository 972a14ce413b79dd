import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ZodError } from 'zod';
import { whyForeign } from '#shared/host/foreign-page.ts';
import type { Host } from '#shared/host/host.ts';
import { createHttpApp } from '#shared/host/http-app.ts';
import type { OpenedApp } from '#shared/host/http-on-demand.ts';
import type { MailStore } from '../../store/mail-store.ts';
import type { Faults } from '../faults.ts';
import type { QueueRunner } from '../queue-runner.ts';
import type { LetterParts } from '../submit-letter.ts';
import { Arrivals } from './arrivals.ts';
import { faultRoutes } from './fault-routes.ts';
import { MailShelf } from './mail-shelf.ts';
import { mailboxRoutes } from './mailbox-routes.ts';
import { API_PATH } from './openapi.ts';
import { addOperatorPages } from './operator-pages.ts';
import { badRequest, notFound, PROBLEM_TYPE, Problem } from './problem.ts';
import { queueRoutes } from './queue-routes.ts';
import { type Asked, Octets, type Route } from './route.ts';
import { MESSAGE_TYPE, sendingRoutes } from './sending-routes.ts';
import { serverRoutes } from './server-routes.ts';

/** What a request has beside a message, in octets. */
const FRAME_OCTETS_MAX = 64 * 1024;

/** Nothing that comes from here may run in a browser, or be read by a page of elsewhere. */
const SECURITY_FIELDS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

export interface ApiParts extends LetterParts {
  readonly mailboxes: MailStore;
  readonly queue: QueueRunner;
  readonly faults: Faults;
}

export interface ApiOptions {
  readonly messageOctetsMax: number;
  /** What `GET /limits` tells. */
  readonly limits: Readonly<Record<string, number | boolean>>;
}

/** The application behind the port of the API: its routes, and the pages beside them. */
export interface ApiApp extends OpenedApp {
  readonly arrivals: Arrivals;
}

/** Makes it; it listens nowhere by itself. */
export async function openApiApp(parts: ApiParts, { messageOctetsMax, limits }: ApiOptions): Promise<ApiApp> {
  const { host, directory, mailHost, mailboxes, queue, faults } = parts;
  const shelf = new MailShelf(mailboxes, directory, mailHost);
  const arrivals = new Arrivals(shelf);
  const labTime = () => host.clock.now();
  const routes: Route[] = [
    ...mailboxRoutes({ shelf, arrivals, mailboxes, directory }),
    ...sendingRoutes(parts),
    ...queueRoutes(queue, labTime),
    ...faultRoutes(faults, host.clock),
  ];
  const { accounts } = shelf;
  routes.push(
    ...serverRoutes({ directory, mailHost, limits, labTime, accounts, mailboxes, queue, faults }, () => routes),
  );
  const names = new Set(['localhost', mailHost.toLowerCase(), ...directory.domains]);
  const app = guardedApp(host, [...names], messageOctetsMax);
  app.addContentTypeParser(MESSAGE_TYPE, (_request, payload, done) => done(null, payload));
  for (const one of routes) addRoute(app, one);
  addOperatorPages(app, { host, directory, mailHost, queue, faults });
  await app.ready();
  return { app, arrivals, stop: () => arrivals.stop() };
}

/** @param names under which a browser may ask, beside the address */
function guardedApp(host: Host, names: readonly string[], messageOctetsMax: number): FastifyInstance {
  const app = createHttpApp({
    // A message in base64 is a third larger.
    bodyLimit: Math.ceil(messageOctetsMax * 1.4) + FRAME_OCTETS_MAX,
    // What is no address at all never comes as far as the hooks and the handlers below.
    frameworkErrors: (error, _request, reply) => {
      const problem = badRequest(`${error.message.slice(0, 200)}: see ${API_PATH}/openapi.json`);
      sendProblem(reply.headers(SECURITY_FIELDS), problem);
    },
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_FIELDS);
    refuseForeign(request, names);
  });
  app.setErrorHandler((error, request, reply) => sendProblem(reply, asProblem(error as Error, request, host)));
  app.setNotFoundHandler((request, reply) => {
    const detail = `There is no ${request.method} ${request.url.slice(0, 200)}: see ${API_PATH}/openapi.json`;
    return sendProblem(reply, notFound(detail));
  });
  return app;
}

function addRoute(app: FastifyInstance, route: Route): void {
  const url = API_PATH + route.path.replace(/\{(\w+)\}/g, ':$1');
  app.route({
    method: route.method,
    url,
    handler: async (request, reply) => {
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const asked = {
        params: route.params?.parse(request.params),
        query: route.query?.parse(request.query),
        body: readBody(route, request),
        client: request.ip,
        gone: gone.signal,
      };
      const answer = await route.run(asked as Asked<never, never, never>);
      reply.code(route.status);
      if (answer instanceof Octets) return reply.headers(answer.fields).type(answer.type).send(answer.pieces);
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(answer));
    },
  });
}

function readBody({ body, consumes }: Route, request: FastifyRequest): unknown {
  if (body === undefined) return undefined;
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (consumes !== undefined) {
    if (type === consumes) return request.body;
    throw new Problem(415, 'bad-request', 'The request cannot be understood', `Send the message as ${consumes}`);
  }
  // What curl says of `-d` by itself: the pages of this port take forms, the API does not.
  if (request.body !== undefined && type !== 'application/json') {
    const detail = `Say that it is JSON: curl -H 'content-type: application/json'. It came as ${type ?? 'nothing'}`;
    throw new Problem(415, 'bad-request', 'The request cannot be understood', detail);
  }
  return body.parse(request.body ?? {});
}

/** @throws Problem for what a web page of elsewhere made a browser send */
function refuseForeign(request: FastifyRequest, names: readonly string[]): void {
  const hostname = request.hostname.replace(/:\d+$/, '').toLowerCase();
  const asked = { host: request.host, hostname, origin: request.headers.origin };
  // A browser says by itself that another site asks, also where it sends no Origin.
  const isCrossSite = ['cross-site', 'same-site'].includes(String(request.headers['sec-fetch-site'] ?? ''));
  const isNavigation = request.method === 'GET' && request.headers['sec-fetch-mode'] === 'navigate';
  if (whyForeign(asked, (name) => names.includes(name)) === null && (!isCrossSite || isNavigation)) return;
  const detail = `Only the lab itself may ask this: use the address of the host, or one of ${names.join(', ')}`;
  throw new Problem(403, 'foreign-page', 'A page of elsewhere asks', detail);
}

function asProblem(error: Error & { statusCode?: number }, request: FastifyRequest, host: Host): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ZodError) {
    const faults = error.issues.slice(0, 10).map(({ path, message }) => {
      const where = path.map(String).join('.');
      return where === '' ? message : `${where}: ${message}`;
    });
    return badRequest(`${faults.join('; ')}. See ${API_PATH}/openapi.json`);
  }
  const status = error.statusCode ?? 500;
  if (status === 413)
    return new Problem(413, 'too-large', 'The request is too large', `${error.message}: see GET ${API_PATH}/limits`);
  if (status < 500) return new Problem(status, 'bad-request', 'The request cannot be understood', error.message);
  host.log.error(error, `${request.method} ${request.url} failed`);
  return new Problem(500, 'unavailable', 'The server has failed', `${error.message}: see the log of ${host.name}`);
}

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}
