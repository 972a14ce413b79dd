import { type Accepted, guardRequest } from '#shared/http/request-guard.ts';
import { parseDocumentPath, pathOnly } from '../protocol/document-path.ts';
import { allowedMethods, isWritable } from '../protocol/site-file.ts';
import { tellRequest } from '../reports.ts';
import { readSample } from '../store/sites.ts';
import { answerByHandler } from './answer-by-handler.ts';
import { answerDocument } from './answer-document.ts';
import { answerForm } from './answer-form.ts';
import { answerListing } from './answer-listing.ts';
import { answerStatus } from './answer-status.ts';
import { answerUpload } from './answer-upload.ts';
import { answerWorkshop } from './answer-workshop.ts';
import { type Aim, type Exchange, type Origin, say, sayMoved, sendOctets } from './exchange.ts';
import type { Incoming } from './incoming.ts';

/** Methods that are known here; others get 501 (RFC 9110, section 9.1). */
const METHODS: ReadonlySet<string> = new Set([
  ...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE'],
  // RFC 5789.
  'PATCH',
]);

/**
 * Answers a request. Never throws: what goes wrong ends the exchange or the connection.
 *
 * @param isLast no other request of this connection will be answered
 */
export async function answerRequest(origin: Origin, incoming: Incoming, isLast = false): Promise<void> {
  const request = incoming.head;
  const told = tellRequest(origin.host, incoming.ends, request);
  const exchange: Exchange = {
    ...{ origin, incoming, request, told, now: origin.host.clock.now() },
    ...{ closes: isLast, isFaulty: false },
  };
  origin.counters.requests += 1;
  try {
    const judged = incoming.refusal ?? guardIncoming(incoming);
    if (judged.kind === 'accept') return await answerAccepted(exchange, judged);
    exchange.closes ||= judged.close;
    exchange.isFaulty = judged.close;
    await say(exchange, judged.status, judged.because);
  } catch (error) {
    origin.host.log.warn(error, `Cannot answer ${request.method} ${request.target}`);
    exchange.closes = true;
    if (incoming.reply.hasBegun || incoming.reply.isGone) incoming.reply.breakOff();
    else await say(exchange, 500, 'the server cannot do what the request asks for');
  }
}

/** The guard knows HTTP/1.x; a request of HTTP/2 says the same things by other means, and these were looked at. */
function guardIncoming({ head }: Incoming) {
  return guardRequest(head.httpVersion === '2' ? { ...head, httpVersion: '1.1' } : head);
}

async function answerAccepted(exchange: Exchange, { target, authority }: Accepted): Promise<void> {
  const { method } = exchange.request;
  if (!METHODS.has(method)) return say(exchange, 501, `the method ${method} is not known here`);
  if (target.form === 'asterisk')
    return say(exchange, 204, 'these are the methods of this server', { fields: [['Allow', 'GET, HEAD, OPTIONS']] });
  if (target.form === 'authority') return say(exchange, 405, 'this is an origin server and makes no tunnels');
  const scheme = exchange.incoming.secure ? 'https' : 'http';
  if (target.form === 'absolute' && target.scheme !== scheme)
    return say(exchange, 421, `only ${scheme} is served over this connection`);
  const site = await exchange.origin.sites.find(authority?.host ?? null);
  if (site !== null) {
    const rules = await site.rules();
    exchange.closes ||= authority !== null && rules.closing.has(authority.host);
    return answerFromSite(exchange, { site, rules, authority, target: target.path, path: pathOnly(target.path) });
  }
  const links = (await exchange.origin.sites.names()).map((name) => `${scheme}://${name}/`);
  const named = authority === null ? 'the request names no host' : `no site named ${authority.host} is served here`;
  await say(exchange, 421, `${named}; these are`, { links });
}

async function answerFromSite(exchange: Exchange, aim: Aim): Promise<void> {
  const { method } = exchange.request;
  const { site, rules, path } = aim;
  if (await answerByHandler(exchange, aim)) return;
  const allowed = allowedMethods(rules, path);
  const fields = [['Allow', allowed.join(', ')]] as const;
  if (method === 'OPTIONS') return say(exchange, 204, 'these are the methods of this document', { fields });
  const redirect = isWritable(rules, path) ? undefined : (await site.redirects()).find(({ from }) => from === path);
  if (redirect !== undefined) return sayMoved(exchange, redirect.status, redirect.to);
  if (!allowed.includes(method))
    return say(exchange, 405, `documents here are only read, and ${method} is not for reading`, { fields });
  const named = parseDocumentPath(path);
  if (named.kind === 'bad-request') return say(exchange, 400, named.because);
  if (named.kind === 'not-found') return say(exchange, 404, named.because);
  if (method === 'PUT' || method === 'DELETE') return answerUpload(exchange, aim, named.segments);
  if (rules.workshops.has(path)) return answerWorkshop(exchange, aim);
  if (method === 'POST') return answerForm(exchange);
  if (rules.samples.has(path)) return answerSample(exchange, aim);
  if (await answerStatus(exchange, aim)) return;
  if (await answerListing(exchange, aim)) return;
  await answerDocument(exchange, aim, named);
}

/** A response that was kept as it stood on the wire: nothing is added, and nothing left out. */
async function answerSample(exchange: Exchange, { site, rules, path }: Aim): Promise<void> {
  const sample = await readSample(site, rules.samples.get(path)!);
  const because = 'this path answers with a response that was kept, octet for octet';
  await sendOctets(exchange, sample.status, sample.reason, sample.fields, { octets: sample.body, because });
}
