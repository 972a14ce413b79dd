import type { IncomingMessage, ServerResponse } from 'node:http';
import { REFUSAL, whyForeign } from './foreign-page.ts';
import type { Host } from './host.ts';
import { HttpOnDemand } from './http-on-demand.ts';
import type { Running } from './program.ts';

/** The port of every host's control API. */
export const CONTROL_PORT = 9000;
/** Longest step that the lab's clock takes at once: a year, in milliseconds. */
export const ADVANCE_MS_MAX = 366 * 24 * 3600 * 1000;
/** How long a client may take to send a request, in milliseconds. */
const REQUEST_MS_MAX = 60_000;

/**
 * The control API of a host: `GET /health`, `GET /state`, `GET /actions`, `POST /actions/<name>`, `POST /clock`.
 * It is no part of the Internet that the lab shows: the observatory, the tests and the health check of the container use it.
 * Health is asked all the time and answered here; what people ask is in control-app.ts, which is loaded then.
 */
export async function startControl(host: Host, program: string, running: Running): Promise<() => Promise<void>> {
  const control = new HttpOnDemand({
    requestTimeout: REQUEST_MS_MAX,
    answerAtOnce: (request, response) => {
      if (isForeign(request)) return sendJson(response, 403, { error: REFUSAL });
      return isHealthQuestion(request) && sendHealth(response, host, program, running);
    },
    open: async () => {
      const { createControlApp } = await import('./control-app.ts');
      return { app: await createControlApp(host, running) };
    },
    onFailure: (error) => host.log.error(error, 'the control API could not be made'),
  });
  await control.listen(host.address, CONTROL_PORT);
  return () => control.close();
}

/** What a web page of elsewhere could make a browser send (foreign-page.ts). */
function isForeign({ headers }: IncomingMessage): boolean {
  const { host = '', origin } = headers;
  return whyForeign({ host, hostname: host.replace(/:\d+$/, ''), origin }, () => false) !== null;
}

function isHealthQuestion({ method, url }: IncomingMessage): boolean {
  return (method === 'GET' || method === 'HEAD') && url?.split('?', 1)[0] === '/health';
}

function sendHealth(response: ServerResponse, host: Host, program: string, running: Running): true {
  const trouble = running.health?.() ?? null;
  return sendJson(response, trouble === null ? 200 : 503, {
    host: host.name,
    program,
    roles: running.roles?.() ?? [program],
    healthy: trouble === null,
    trouble,
    labTime: host.clock.now(),
    labAheadMs: host.clock.offsetMs,
  });
}

function sendJson(response: ServerResponse, status: number, content: object): true {
  const text = JSON.stringify(content);
  const fields = { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) };
  response.writeHead(status, fields).end(text);
  return true;
}
