import type { FastifyInstance } from 'fastify';
import { ZodError } from 'zod';
import { ADVANCE_MS_MAX } from './control.ts';
import type { Host } from './host.ts';
import { createHttpApp } from './http-app.ts';
import type { Running } from './program.ts';

/** Longest body of an action, in octets. */
const BODY_BYTES_MAX = 1024 * 1024;

/** How far a clock is to go: by a step, or to a lab time (milliseconds since 1970), which may be asked twice. */
interface ClockStep {
  readonly advanceMs?: unknown;
  readonly until?: unknown;
}

/** What people ask of a host, through the observatory or by themselves: the control API (control.ts) without health. */
export async function createControlApp(host: Host, running: Running): Promise<FastifyInstance> {
  const app = createHttpApp({ bodyLimit: BODY_BYTES_MAX });
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const refused = error instanceof ZodError ? error.issues.map((issue) => issue.message).join('; ') : error.message;
    reply.code(error instanceof ZodError ? 400 : (error.statusCode ?? 500)).send({ error: refused });
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
  await app.ready();
  return app;
}
