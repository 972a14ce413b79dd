import type { FastifyRequest } from 'fastify';
import { publicPart, type Registration } from '../protocol/registration.ts';
import { Refusal, type Registrar } from '../registrar.ts';
import { sayRefusal, sendRefusal } from './answers.ts';
import type { RegistrarServer } from './http-server.ts';

type Named = { Params: { name: string } };

/** The JSON API below `/api/`. A holder's secret goes into `Authorization: Bearer` (RFC 6750, section 2.1). */
export function addApiRoutes({ app, told }: RegistrarServer, registrar: Registrar): void {
  void app.register(
    (api, _options, done) => {
      api.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
        if (error instanceof Refusal) {
          told(request).because = sayRefusal(error);
          return sendRefusal(reply, error);
        }
        const status = error.statusCode ?? 500;
        return reply.code(status).send({ error: status < 500 ? error.message : 'Something went wrong here' });
      });

      api.setNotFoundHandler((request, reply) =>
        reply
          .code(404)
          .send({ error: `There is no ${request.method} ${request.url}: see services/registrar/README.md` }),
      );

      api.get<Named>('/names/:name', async (request) => {
        const found = await registrar.check(request.params.name, told(request).exchange);
        const because = found.available ? found.because : sayRefusal(found.refusal);
        told(request).because = because;
        return { name: found.name, available: found.available, because };
      });

      api.post('/registrations', async (request, reply) => {
        const { registration, secret, because } = await registrar.register(request.body, told(request).exchange);
        told(request).because = because;
        reply.code(201).header('location', `/api/registrations/${registration.name}`);
        return { ...shown(registration), secret };
      });

      api.get<Named>('/registrations/:name', async (request) => shown(await registrar.find(request.params.name)));

      api.put<Named>('/registrations/:name', async (request) =>
        shown(await registrar.change(request.params.name, bearer(request), request.body)),
      );

      api.delete<Named>('/registrations/:name', async (request, reply) => {
        await registrar.remove(request.params.name, bearer(request));
        return reply.code(204).send();
      });
      done();
    },
    { prefix: '/api' },
  );
}

/** A registration as everybody may see it, with times as text. */
export function shown(registration: Registration) {
  return publicPart(registration, (ms) => new Date(ms).toISOString());
}

function bearer(request: FastifyRequest): string | null {
  return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}
