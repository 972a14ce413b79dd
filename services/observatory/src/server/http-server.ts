import type { FastifyInstance } from 'fastify';
import { ZodError } from 'zod';
import { refuseForeignPages } from '#shared/host/foreign-page.ts';
import type { Host } from '#shared/host/host.ts';
import { createHttpApp } from '#shared/host/http-app.ts';

/** Longest body that is taken, in octets: the input of an action. */
const BODY_BYTES_MAX = 1024 * 1024;
/** How long a client may take to send its request, in milliseconds. */
const REQUEST_MS_MAX = 10_000;
/** Connections at once: browsers keep six each. */
const CONNECTIONS_MAX = 1_000;

/** The server of page and API, without its routes. Of names it answers to those in `names` only. */
export function createHttpServer(host: Host, names: readonly string[]): FastifyInstance {
  const app = createHttpApp({ bodyLimit: BODY_BYTES_MAX, requestTimeout: REQUEST_MS_MAX, forceCloseConnections: true });
  app.server.maxConnections = CONNECTIONS_MAX;
  refuseForeignPages(app, (hostname) => names.includes(hostname));
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer');
    reply.header('cache-control', 'no-store');
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error instanceof ZodError) {
      return reply.code(400).send({ error: error.issues.map((issue) => issue.message).join('; ') });
    }
    const status = error.statusCode ?? 500;
    if (status >= 500) host.log.error(error, 'a request failed');
    return reply.code(status).send({ error: error.message });
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: `There is no ${request.method} ${request.url}: see services/observatory/README.md` }),
  );
  return app;
}
