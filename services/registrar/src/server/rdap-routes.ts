import { domainToUnicode } from 'node:url';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Host } from '#shared/host/host.ts';
import {
  fitsPattern,
  patternFault,
  RDAP_TYPE,
  type RdapService,
  RESULTS_MAX,
  rdapBootstrap,
  rdapDomain,
  rdapDomainSearch,
  rdapError,
  rdapHelp,
  rdapNameserver,
} from '../protocol/rdap.ts';
import type { Registration } from '../protocol/registration.ts';
import { Refusal } from '../refusal.ts';
import type { Registrar } from '../registrar.ts';
import { REGISTRAR_NAME, STATUS, sayRefusal } from './answers.ts';
import { shown } from './api-routes.ts';
import type { RegistrarServer } from './http-server.ts';

type Named = { Params: { name: string } };

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  422: 'Unprocessable Content',
  501: 'Not Implemented',
};

/** RDAP (RFC 7480, RFC 9082, RFC 9083): what is registered, for programs. The bootstrap file (RFC 9224) is beside it. */
export function addRdapRoutes(
  { app, told }: RegistrarServer,
  registrar: Registrar,
  { host, tlds }: { readonly host: Host; readonly tlds: readonly string[] },
): void {
  const port = host.port(80);
  const base = `http://${REGISTRAR_NAME}${port === 80 ? '' : `:${port}`}/rdap/`;
  const now = () => new Date(host.clock.now()).toISOString();
  const startedAt = now();
  const service = (): RdapService => ({ base, registrar: REGISTRAR_NAME, now: now() });
  const send = (reply: FastifyReply, status: number, body: object) =>
    // As octets: the type has no parameter for a character set, and Fastify would give text one.
    reply
      .code(status)
      .type(RDAP_TYPE)
      .send(Buffer.from(JSON.stringify(body)));
  const refuse = (request: FastifyRequest, reply: FastifyReply, status: number, sentence: string) => {
    told(request).because = sentence;
    return send(reply, status, rdapError(status, TITLES[status] ?? 'Service Unavailable', sentence));
  };

  void app.register(
    (rdap, _options, done) => {
      // RFC 7480, section 5.6: pages of anywhere may read it.
      rdap.addHook('onRequest', async (_request, reply) => {
        reply.header('access-control-allow-origin', '*');
      });
      rdap.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
        if (error instanceof Refusal) return refuse(request, reply, STATUS[error.code], sayRefusal(error));
        const status = error.statusCode ?? 500;
        if (status >= 500) host.log.error(error, 'an RDAP query failed');
        return refuse(request, reply, status, status < 500 ? error.message : 'Something went wrong here');
      });
      // RFC 9082, section 1: a query of a kind that is not supported.
      rdap.setNotFoundHandler((request, reply) =>
        refuse(request, reply, 501, `This kind of query is not answered here: see ${base}help`),
      );

      rdap.get('/help', async (_request, reply) => send(reply, 200, rdapHelp(service())));

      rdap.get<Named>('/domain/:name', async (request, reply) => {
        const registration = await registrar.find(request.params.name);
        return send(reply, 200, rdapDomain(...seen(registration), service()));
      });

      rdap.get<Named>('/nameserver/:name', async (request, reply) => {
        const name = request.params.name.toLowerCase().replace(/\.$/, '');
        const fault = /^[a-z0-9.-]+\.[a-z0-9-]+$/.test(name) ? null : 'This cannot be the name of a name server';
        if (fault !== null) return refuse(request, reply, 400, fault);
        const addresses = new Set<string>();
        const domains: string[] = [];
        for await (const registration of registrar.all()) {
          const server = registration.nameServers.find((each) => each.name === name);
          if (server === undefined) continue;
          addresses.add(server.address);
          domains.push(registration.name);
        }
        if (domains.length === 0)
          return refuse(request, reply, 404, `No name is registered here with the server ${name}`);
        return send(
          reply,
          200,
          rdapNameserver({ name, addresses: [...addresses], domains: domains.sort() }, service()),
        );
      });

      rdap.get<{ Querystring: { name?: unknown } }>('/domains', async (request, reply) => {
        const pattern = request.query.name;
        // RFC 9082, section 3.2.1: a search for name servers of domains is another query.
        if (typeof pattern !== 'string') return refuse(request, reply, 501, 'Domains are searched by ?name= only');
        const fault = patternFault(pattern);
        if (fault !== null) return refuse(request, reply, fault.status, fault.sentence);
        const found: Registration[] = [];
        for await (const registration of registrar.all()) {
          if (fitsPattern(registration.name, pattern) && found.push(registration) > RESULTS_MAX) break;
        }
        const results = found.slice(0, RESULTS_MAX).map(seen);
        const objects = results.map(([registration, unicodeName]) => ({ registration, unicodeName }));
        return send(reply, 200, rdapDomainSearch(objects, found.length > RESULTS_MAX, service()));
      });
      done();
    },
    { prefix: '/rdap' },
  );

  app.get('/rdap-bootstrap/dns.json', async (_request, reply) =>
    reply.type('application/json').send(JSON.stringify(rdapBootstrap(tlds, startedAt, base))),
  );
}

function seen(registration: Registration): [ReturnType<typeof shown>, string] {
  return [shown(registration), domainToUnicode(registration.name)];
}
