import type { FastifyInstance } from 'fastify';
import { ZodError } from 'zod';
import { whyForeign } from './foreign-page.ts';
import type { Host } from './host.ts';
import { createHttpApp } from './http-app.ts';
import type { Running } from './program.ts';

/** The port of every host's control API. */
export const CONTROL_PORT = 9000;
/** Longest body of an action, in octets. */
const BODY_BYTES_MAX = 1024 * 1024;
/** Longest step that the lab's clock takes at once: a year, in milliseconds. */
export const ADVANCE_MS_MAX = 366 * 24 * 3600 * 1000;

/** How far a clock is to go: by a step, or to a lab time (milliseconds since 1970), which may be asked twice. */
interface ClockStep {
  readonly advanceMs?: unknown;
  readonly until?: unknown;
}

/**
 * Refuses what a web page of elsewhere could make a browser send, on all routes of `app` (foreign-page.ts).
 */
export function refuseForeignPages(app: FastifyInstance, isOurName: (hostname: string) => boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    const hostname = request.hostname.replace(/:\d+$/, '');
    const asked = { host: request.host, hostname, origin: request.headers.origin };
    if (whyForeign(asked, isOurName) !== null) {
      return reply.code(403).send({ error: 'Only the lab itself may ask this: use the address of the host' });
    }
  });
}

/**
 * The control API of a host: `GET /health`, `GET /state`, `GET /actions`, `POST /actions/<name>`, `POST /clock`.
 * It is no part of the Internet that the lab shows: the observatory, the tests and the health check of the container use it.
 */
export async function startControl(host: Host, program: string, running: Running): Promise<() => Promise<void>> {
  const app = createHttpApp({ bodyLimit: BODY_BYTES_MAX, forceCloseConnections: true });
  refuseForeignPages(app, () => false);

  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const refused = error instanceof ZodError ? error.issues.map((issue) => issue.message).join('; ') : error.message;
    reply.code(error instanceof ZodError ? 400 : (error.statusCode ?? 500)).send({ error: refused });
  });
  app.get('/health', async (_request, reply) => {
    const trouble = running.health?.() ?? null;
    reply.code(trouble === null ? 200 : 503);
    return {
      host: host.name,
      program,
      roles: running.roles?.() ?? [program],
      healthy: trouble === null,
      trouble,
      labTime: host.clock.now(),
      labAheadMs: host.clock.offsetMs,
    };
  });
  app.get('/state', async () => running.state());
  app.get('/actions', async () =>
    Object.fromEntries(Object.entries(running.actions ?? {}).map(([name, { does }]) => [name, does])),
  );
  app.post<{ Params: { name: string } }>('/actions/:name', async (request, reply) => {
    const chosen = Object.hasOwn(running.actions ?? {}, request.params.name)
      ? running.actions?.[request.params.name]
      : undefined;
    if (chosen !== undefined) return chosen.run(request.body);
    return reply.code(404).send({ error: `${host.name} has no action "${request.params.name}": see GET /actions` });
  });
  app.post<{ Body: ClockStep | null }>('/clock', async (request, reply) => {
    const { advanceMs, until } = request.body ?? {};
    // Hosts that share one clock are each asked for the same `until`: the first moves it, the others find it moved.
    const stepMs = typeof until === 'number' ? Math.max(0, until - host.clock.now()) : advanceMs;
    if (typeof stepMs !== 'number' || !(stepMs >= 0 && stepMs <= ADVANCE_MS_MAX)) {
      return reply.code(400).send({
        error: `Give advanceMs, a number from 0 to ${ADVANCE_MS_MAX}, or until, a lab time no further ahead than that`,
      });
    }
    host.clock.advance(stepMs);
    return { labTime: host.clock.now() };
  });

  await app.listen({ host: host.address, port: CONTROL_PORT });
  return () => app.close();
}
