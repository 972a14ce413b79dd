import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ZodError } from 'zod';
import type { Host } from '#shared/host/host.ts';
import { asLanguage, chooseLanguage, rememberLanguage } from '#shared/page/language.ts';
import { FAULT_SUBJECTS, faultsPage } from '../../page/faults-page.ts';
import { COUNTDOWN_SCRIPT, OPERATOR_STYLE, type OperatorContext } from '../../page/operator-frame.ts';
import { queueEntryPage, queueGonePage, queuePage } from '../../page/queue-page.ts';
import type { MailDirectory } from '../../protocol/mail-directory.ts';
import { faultInput, faultRule } from '../fault-input.ts';
import { FaultRefused, type Faults } from '../faults.ts';
import { ENTRY_OPERATIONS, type EntryOperation, operate } from '../queue-operations.ts';
import type { QueueRunner } from '../queue-runner.ts';

export interface OperatorPagesParts {
  readonly host: Host;
  readonly directory: MailDirectory;
  readonly mailHost: string;
  readonly queue: QueueRunner;
  readonly faults: Faults;
}

type Asked = FastifyRequest<{ Params: { [name: string]: string }; Querystring: { [name: string]: string } }>;

/** The page of the queue and the page of the faults: plain HTML with forms, for people. */
export function addOperatorPages(app: FastifyInstance, parts: OperatorPagesParts): void {
  const pages = new OperatorPages(parts);
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, new URLSearchParams(String(body)));
  });
  app.get('/', (_request, reply) => reply.redirect('/queue', 303));
  app.get('/operator.css', (_request, reply) => kept(reply).type('text/css; charset=utf-8').send(OPERATOR_STYLE));
  app.get('/countdown.js', (_request, reply) =>
    kept(reply).type('text/javascript; charset=utf-8').send(COUNTDOWN_SCRIPT),
  );
  app.get('/language/:language', (request: Asked, reply) => setLanguage(request, reply));
  app.get('/queue', (request: Asked, reply) => pages.queue(request, reply, null));
  app.get('/queue/:id', (request: Asked, reply) => pages.entry(request, reply));
  app.post('/queue', (request: Asked, reply) => pages.operate(request, reply));
  app.get('/faults', (request: Asked, reply) => pages.faults(request, reply, new URLSearchParams(), null));
  app.post('/faults', (request: Asked, reply) => pages.changeFaults(request, reply));
}

class OperatorPages {
  readonly #parts: OperatorPagesParts;

  constructor(parts: OperatorPagesParts) {
    this.#parts = parts;
  }

  queue(request: Asked, reply: FastifyReply, trouble: string | null): FastifyReply {
    return page(reply, queuePage(this.#context(request), this.#parts.queue, trouble));
  }

  entry(request: Asked, reply: FastifyReply): FastifyReply {
    const { queue } = this.#parts;
    const id = request.params.id ?? '';
    const entry = queue.entry(id);
    const context = this.#context(request);
    if (entry === null) return page(reply.code(404), queueGonePage(context));
    return page(reply, queueEntryPage(context, entry, queue.dialogue(id), queue));
  }

  async operate(request: Asked, reply: FastifyReply): Promise<FastifyReply> {
    const { queue } = this.#parts;
    const given = form(request);
    const operation = given.get('operation') ?? '';
    const id = given.get('id') ?? '';
    if (operation === 'retry-all') queue.flush();
    else if (operation === 'hold-all' || operation === 'release-all') await queue.setHeld(operation === 'hold-all');
    else if (!isOperation(operation) || !(await operate(queue, operation, id)))
      return page(reply.code(404), queueGonePage(this.#context(request)));
    // A button on the page of an entry leads back to it, as long as there is one.
    const isFromEntry = new URL(request.headers.referer ?? '/', 'http://localhost').pathname === `/queue/${id}`;
    return reply.redirect(isFromEntry && queue.entry(id) !== null ? `/queue/${id}` : '/queue', 303);
  }

  faults(request: Asked, reply: FastifyReply, given: URLSearchParams, trouble: string | null): FastifyReply {
    const { faults } = this.#parts;
    const view = { faults: faults.list, magic: faults.magic, given, trouble };
    return page(reply, faultsPage(this.#context(request), view));
  }

  changeFaults(request: Asked, reply: FastifyReply): FastifyReply {
    const { faults, host } = this.#parts;
    const given = form(request);
    if (given.get('operation') === 'remove') {
      const name = given.get('name');
      if (name === null) faults.clear();
      else faults.remove(name);
      return reply.redirect('/faults', 303);
    }
    try {
      faults.set(faultRule(faultInput.parse(asFaultInput(given)), host.clock.now()));
      return reply.redirect('/faults', 303);
    } catch (error) {
      return this.faults(request, reply.code(422), given, sentenceOf(error));
    }
  }

  #context(request: FastifyRequest): OperatorContext {
    const { host, directory, mailHost } = this.#parts;
    const { cookie, 'accept-language': acceptLanguage } = request.headers;
    return {
      language: chooseLanguage({ cookie, acceptLanguage }),
      mailHost,
      domain: directory.domains[0] ?? mailHost,
      path: request.url.split('?')[0] ?? '/queue',
      now: host.clock.now(),
    };
  }
}

/** What was filled in, as the API would get it; empty fields are not given. */
function asFaultInput(given: URLSearchParams): object {
  const text = (name: string) => given.get(name)?.trim() || undefined;
  const number = (name: string) => (text(name) === undefined ? undefined : Number(text(name)));
  const kind = text('kind');
  return {
    name: text('name') ?? '',
    stage: text('stage'),
    match: Object.fromEntries(FAULT_SUBJECTS.map((subject) => [subject, text(subject)])),
    delayMs: number('delayMs') ?? 0,
    ...(kind === 'reply' ? { reply: { code: number('code'), text: text('text') } } : {}),
    ...(kind === 'drop' ? { drop: true } : {}),
    probability: number('probability') ?? 1,
    times: number('times'),
  };
}

function sentenceOf(error: unknown): string {
  if (error instanceof FaultRefused) return error.message;
  if (!(error instanceof ZodError)) throw error;
  return error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`).join('; ');
}

function isOperation(text: string): text is EntryOperation {
  return text === 'drop' || Object.hasOwn(ENTRY_OPERATIONS, text);
}

function setLanguage(request: Asked, reply: FastifyReply): FastifyReply {
  const chosen = asLanguage(request.params.language);
  if (chosen !== undefined) reply.header('set-cookie', rememberLanguage(chosen));
  // Only back to a page of ours: `//elsewhere` and `/\elsewhere` would lead away.
  const back = request.query.back ?? '';
  return reply.redirect(/^\/(?:queue|faults)(?:\/[\w-]+)?$/.test(back) ? back : '/queue', 303);
}

function page(reply: FastifyReply, html: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').header('vary', 'Accept-Language, Cookie').send(html);
}

function kept(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'max-age=3600');
}

function form(request: FastifyRequest): URLSearchParams {
  return request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
}
