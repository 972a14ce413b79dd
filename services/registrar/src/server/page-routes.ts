import { readFileSync } from 'node:fs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Host } from '#shared/host/host.ts';
import { asLanguage, chooseLanguage, type Language, rememberLanguage } from '#shared/page/language.ts';
import { PLAIN_STYLE } from '#shared/page/plain-style.ts';
import {
  type DoneFacts,
  renderHome,
  renderMessage,
  renderRegistered,
  renderRegistration,
  type Typed,
} from '../page/render.ts';
import { fillWords, WORDS } from '../page/words.ts';
import type { Registration } from '../protocol/registration.ts';
import type { ServerCheck } from '../protocol/server-check.ts';
import { Refusal } from '../refusal.ts';
import type { Registrar } from '../registrar.ts';
import { STATUS, sayRefusal } from './answers.ts';
import { shown } from './api-routes.ts';
import type { RegistrarServer } from './http-server.ts';

const CSP =
  "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

type Named = { Params: { name: string } };

/** The page: forms that work in every browser, without a script. */
export function addPageRoutes(
  { app, told }: RegistrarServer,
  registrar: Registrar,
  { host, tlds }: { readonly host: Host; readonly tlds: readonly string[] },
): void {
  const css = PLAIN_STYLE + readFileSync(new URL('../page/registrar.css', import.meta.url), 'utf8');
  const { net } = host;
  app.get('/page/registrar.css', async (_request, reply) => reply.type('text/css; charset=utf-8').send(css));

  app.get<{ Querystring: { name?: string; language?: string } }>('/', async (request, reply) => {
    const switched = asLanguage(String(request.query.language));
    if (switched !== undefined) return reply.header('set-cookie', rememberLanguage(switched)).redirect('/', 303);
    const name = request.query.name;
    if (name === undefined) return send(request, reply, 200, (language) => renderHome(language, { net, tlds }));
    const typed = { name: String(name) };
    const found = await orRefusal(registrar.check(typed.name, told(request).exchange));
    if (found instanceof Refusal) {
      const availability = { name: typed.name, available: false, refusal: found } as const;
      return refuse(request, reply, found, (language) => renderHome(language, { net, tlds, typed, availability }));
    }
    told(request).because = found.available ? found.because : sayRefusal(found.refusal);
    return send(request, reply, 200, (language) => renderHome(language, { net, tlds, typed, availability: found }));
  });

  app.post('/register', async (request, reply) => {
    const typed = typedIn(request);
    const application = { name: typed.name, ...particularsOf(typed) };
    const done = await orRefusal(registrar.register(application, told(request).exchange));
    if (done instanceof Refusal)
      return refuse(request, reply, done, (language) => renderHome(language, { net, tlds, typed, refusal: done }));
    told(request).because = done.because;
    const facts = await factsOf(request, done.registration, done.checks);
    return send(request, reply, 201, (language) => renderRegistered(language, facts, done.secret));
  });

  app.get<Named>('/names/:name', async (request, reply) => {
    const facts = await factsOf(request, await registrar.find(request.params.name));
    return send(request, reply, 200, (language) => renderRegistration(language, facts));
  });

  app.post<Named>('/names/:name/change', async (request, reply) => {
    const typed = typedIn(request);
    const { name } = request.params;
    const { exchange } = told(request);
    const changed = await orRefusal(registrar.change(name, typed.secret ?? null, particularsOf(typed), exchange));
    if (changed instanceof Refusal) {
      const facts = await factsOf(request, await registrar.find(name));
      return refuse(request, reply, changed, (language) =>
        renderRegistration(language, { ...facts, typed, refusal: changed }),
      );
    }
    told(request).because = changed.because;
    const facts = await factsOf(request, changed.registration, changed.checks);
    return send(request, reply, 200, (language) =>
      renderRegistration(language, { ...facts, done: fillWords(WORDS[language].changed, { name }) }),
    );
  });

  app.post<Named>('/names/:name/delete', async (request, reply) => {
    const { name } = request.params;
    const left = await orRefusal(registrar.remove(name, typedIn(request).secret ?? null, told(request).exchange));
    if (left === null) {
      return send(request, reply, 200, (language) =>
        renderMessage(language, 'good', fillWords(WORDS[language].removed, { name })),
      );
    }
    if (left instanceof Refusal) {
      const facts = await factsOf(request, await registrar.find(name));
      return refuse(request, reply, left, (language) => renderRegistration(language, { ...facts, refusal: left }));
    }
    const facts = await factsOf(request, left);
    return send(request, reply, 202, (language) =>
      renderRegistration(language, { ...facts, done: fillWords(WORDS[language].beingRemoved, { name }) }),
    );
  });

  app.setNotFoundHandler((request, reply) =>
    send(request, reply, 404, (language) => renderMessage(language, 'bad', WORDS[language].notFoundPage)),
  );
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof Refusal) {
      return refuse(request, reply, error, (language) =>
        renderMessage(language, 'bad', fillWords(WORDS[language].refusals[error.code], error.about)),
      );
    }
    const status = error.statusCode ?? 500;
    if (status >= 500) host.log.error(error, 'a request failed');
    return send(request, reply, status, (language) =>
      renderMessage(language, 'bad', status < 500 ? error.message : WORDS[language].serverFault),
    );
  });

  /** A registration with what its zone has at this moment. */
  async function factsOf(
    request: FastifyRequest,
    registration: Registration,
    checks: readonly ServerCheck[] = [],
  ): Promise<DoneFacts> {
    const now = await registrar.zoneNow(registration.name, told(request).exchange);
    return { net, registration: shown(registration), checks, zone: { now, change: registration.zoneChange } };
  }

  function refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    refusal: Refusal,
    render: (language: Language) => string,
  ) {
    told(request).because = sayRefusal(refusal);
    // 401 belongs to a scheme of HTTP (RFC 9110, section 15.5.2); a form that lacks a field is 400.
    return send(request, reply, refusal.code === 'secretMissing' ? 400 : STATUS[refusal.code], render);
  }
}

function send(request: FastifyRequest, reply: FastifyReply, status: number, render: (language: Language) => string) {
  const { cookie, 'accept-language': acceptLanguage } = request.headers;
  const language = chooseLanguage({ cookie, acceptLanguage });
  reply.header('content-security-policy', CSP).header('content-language', language);
  reply.header('vary', 'Accept-Language, Cookie').type('text/html; charset=utf-8');
  return reply.code(status).send(render(language));
}

async function orRefusal<T>(asked: Promise<T>): Promise<T | Refusal> {
  return asked.catch((error: unknown) => {
    if (error instanceof Refusal) return error;
    throw error;
  });
}

function typedIn(request: FastifyRequest): Typed {
  const body: unknown = request.body;
  if (typeof body !== 'object' || body === null) return {};
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** The fields of the form as an application has them; a name server of which both fields are empty is not given. */
function particularsOf(typed: Typed) {
  const nameServers = [0, 1]
    .map((index) => ({ name: typed[`server${index}`] ?? '', address: typed[`address${index}`] ?? '' }))
    .filter(({ name, address }) => name.trim() !== '' || address.trim() !== '');
  return { registrant: typed.registrant ?? '', nameServers, skipServerCheck: typed.skipServerCheck === 'yes' };
}
