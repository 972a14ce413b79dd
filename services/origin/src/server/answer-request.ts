import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Host } from '#shared/host/host.ts';
import { type Fields, fieldsFromRaw } from '#shared/http/fields.ts';
import { formatHttpDate } from '#shared/http/http-date.ts';
import { type Accepted, guardRequest, hasBody, type RequestHead } from '#shared/http/request-guard.ts';
import { reasonPhrase } from '#shared/http/status.ts';
import { messagePage } from '../page/message-page.ts';
import { chooseAnswer } from '../protocol/choose-answer.ts';
import { parseDocumentPath, pathOnly } from '../protocol/document-path.ts';
import { mediaTypeOf } from '../protocol/media-type.ts';
import { fieldsFor } from '../protocol/site-rules.ts';
import { type ExchangeTold, tellRequest } from '../reports.ts';
import type { Documents, OpenDocument } from '../store/documents.ts';
import type { Site, Sites } from '../store/sites.ts';
import { sendParts, sendWhole } from './send.ts';

/** What every answer of this server is made from. */
export interface Origin {
  readonly host: Host;
  readonly serverField: string;
  readonly sites: Sites;
  readonly documents: Documents;
  readonly counters: { requests: number; octets: number; readonly statuses: Record<number, number> };
}

/** One request on its way to its answer. */
interface Exchange {
  readonly origin: Origin;
  readonly request: RequestHead;
  readonly response: ServerResponse;
  readonly told: ExchangeTold;
  readonly now: number;
}

const ALLOW = 'GET, HEAD, OPTIONS';

/** Answers a request for a document. Never throws: what goes wrong ends the exchange or the connection. */
export async function answerRequest(origin: Origin, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url = '', httpVersion, rawHeaders } = message;
  const request = { method, target: url, httpVersion, fields: fieldsFromRaw(rawHeaders) };
  const now = origin.host.clock.now();
  const exchange = { origin, request, response, told: tellRequest(origin.host, message, request), now };
  origin.counters.requests += 1;
  try {
    const judged = guardRequest(request);
    if (judged.kind === 'refuse')
      say(exchange, judged.status, judged.because, judged.close ? [['Connection', 'close']] : []);
    else await answerMethod(exchange, judged);
  } catch (error) {
    origin.host.log.warn(error, `Cannot answer ${method} ${url}`);
    if (response.headersSent) response.destroy();
    else say(exchange, 500, `the server cannot read the document`, [['Connection', 'close']]);
  }
}

async function answerMethod(exchange: Exchange, accepted: Accepted): Promise<void> {
  const { method, fields } = exchange.request;
  // A body that nobody wants is not read to its end: the connection closes instead.
  const close: Fields = hasBody(fields) ? [['Connection', 'close']] : [];
  if (method === 'OPTIONS')
    return say(exchange, 204, 'these are the methods of this server', [['Allow', ALLOW], ...close]);
  if (method !== 'GET' && method !== 'HEAD') {
    return say(exchange, 405, `documents here are only read, and ${method} is not for reading`, [
      ['Allow', ALLOW],
      ...close,
    ]);
  }
  const { target, authority } = accepted;
  if (target.form !== 'origin' && target.form !== 'absolute') return say(exchange, 400, 'the target names no document');
  if (target.form === 'absolute' && target.scheme !== 'http') return say(exchange, 421, 'only http is served here');
  const site = await exchange.origin.sites.find(authority?.host ?? null);
  if (site !== null) return answerFromSite(exchange, site, target.path);
  const links = (await exchange.origin.sites.names()).map((name) => `http://${name}/`);
  const named = authority === null ? 'the request names no host' : `no site named ${authority.host} is served here`;
  say(exchange, 421, `${named}; these are`, close, links);
}

async function answerFromSite(exchange: Exchange, site: Site, target: string): Promise<void> {
  const path = pathOnly(target);
  const query = target.slice(path.length);
  const redirect = (await site.redirects()).find(({ from }) => from === path);
  if (redirect !== undefined) return sayMoved(exchange, redirect.status, redirect.to);
  const named = parseDocumentPath(target);
  if (named.kind === 'bad-request') return say(exchange, 400, named.because);
  if (named.kind === 'not-found') return say(exchange, 404, named.because);
  const found = await exchange.origin.documents.find(site, named.segments, named.folder);
  if (found.kind === 'folder' && !named.folder) return sayMoved(exchange, 301, `${path}/${query}`);
  if (found.kind !== 'document') return say(exchange, 404, found.because);
  try {
    await sendDocument(exchange, found.document, fieldsFor(await site.fieldRules(), path));
  } finally {
    await found.document.handle.close();
  }
}

async function sendDocument(exchange: Exchange, document: OpenDocument, ruled: Fields): Promise<void> {
  const { request, response, told, now } = exchange;
  const mediaType = mediaTypeOf(document.fileName);
  const answer = chooseAnswer(request, { ...document, mediaType, ruled }, now);
  if (answer.status === 412 || answer.status === 416)
    return say(exchange, answer.status, answer.because, answer.fields);
  const fields = [...ownFields(exchange), ...answer.fields];
  if (answer.body.length === 0) {
    response.writeHead(answer.status, reasonPhrase(answer.status), fields.flat());
    response.end();
    return count(exchange, answer.status, fields, 0, answer.because);
  }
  const sending = sendParts(response, answer.status, fields, answer.body, document.handle);
  const octets = await sending.catch((error: Error) => {
    response.destroy();
    exchange.origin.host.log.debug(`${told.exchange} was not sent to its end: ${error.message}`);
    return 0;
  });
  count(exchange, answer.status, fields, octets, octets === 0 ? 'the client went away before the end' : answer.because);
}

function sayMoved(exchange: Exchange, status: number, to: string): void {
  say(exchange, status, 'the document is at another URL', [['Location', to]], [to]);
}

/** Answers with a status, a sentence and no document. */
function say(
  exchange: Exchange,
  status: number,
  because: string,
  more: Fields = [],
  links: readonly string[] = [],
): void {
  const type: Fields = status === 204 ? [] : [['Content-Type', 'text/html; charset=utf-8']];
  const fields = [...ownFields(exchange), ...type, ...more];
  const page = status === 204 ? '' : messagePage({ status, reason: reasonPhrase(status), because, links });
  const octets = sendWhole(exchange.response, status, fields, page, exchange.request.method !== 'HEAD');
  count(exchange, status, fields, octets, because);
}

function ownFields({ origin, now }: Exchange): Fields {
  const server: Fields = origin.serverField === '' ? [] : [['Server', origin.serverField]];
  return [['Date', formatHttpDate(now)], ...server, ['X-Served-By', origin.host.name]];
}

function count({ origin, told }: Exchange, status: number, fields: Fields, octets: number, because: string): void {
  origin.counters.octets += octets;
  origin.counters.statuses[status] = (origin.counters.statuses[status] ?? 0) + 1;
  told.answered(status, fields, octets, because);
}
