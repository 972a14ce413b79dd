import type { FastifyRequest } from 'fastify';
import { delegationLines } from '../protocol/delegation.ts';
import { publicPart, type Registration, type ZoneChange } from '../protocol/registration.ts';
import { Refusal } from '../refusal.ts';
import type { Registrar, ZoneNow } from '../registrar.ts';
import { saidChecks, sayRefusal, sayTrouble, sendRefusal } from './answers.ts';
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
        const { registration, secret, because, checks } = await registrar.register(
          request.body,
          told(request).exchange,
        );
        told(request).because = because;
        reply.code(201).header('location', `/api/registrations/${registration.name}`);
        return { ...inApi(registration), checks: saidChecks(registration.name, checks), secret };
      });

      api.get<Named>('/registrations/:name', async (request) => inApi(await registrar.find(request.params.name)));

      api.get<Named>('/registrations/:name/zone', async (request) => {
        const { name, zoneChange } = await registrar.find(request.params.name);
        return zoneInApi(name, await registrar.zoneNow(name, told(request).exchange), zoneChange);
      });

      api.put<Named>('/registrations/:name', async (request) => {
        const { name } = request.params;
        const done = await registrar.change(name, bearer(request), request.body, told(request).exchange);
        told(request).because = done.because;
        return { ...inApi(done.registration), checks: saidChecks(done.registration.name, done.checks) };
      });

      api.delete<Named>('/registrations/:name', async (request, reply) => {
        const left = await registrar.remove(request.params.name, bearer(request), told(request).exchange);
        if (left === null) return reply.code(204).send();
        // RFC 9110, section 15.3.3: accepted, and done later.
        return reply.code(202).send(inApi(left));
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

/** The same, with the sentence that says why the zone does not have it yet. */
function inApi(registration: Registration) {
  const { pending, ...rest } = shown(registration);
  const because = sayTrouble({ ...rest, pending });
  return { ...rest, pending: pending === null ? null : { ...pending, because } };
}

/** What the zone has now, and what the last update changed in it, as lines of a zone file. */
function zoneInApi(name: string, now: ZoneNow, change: ZoneChange | null) {
  const seen =
    'silent' in now
      ? { server: null, serial: null, records: null, because: now.silent }
      : { server: now.view.server, serial: now.view.serial, records: now.view.lines, because: now.view.because };
  const before = delegationLines(name, change?.before ?? null);
  const after = delegationLines(name, change?.after ?? null);
  return { name, ...seen, lastChange: change === null ? null : { ...change, before, after } };
}

function bearer(request: FastifyRequest): string | null {
  return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}
