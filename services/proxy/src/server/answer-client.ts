import { type Fields, fieldLines } from '#shared/http/fields.ts';
import type { Authority, RequestTarget } from '#shared/http/request-target.ts';
import { refusePort } from '../protocol/destination.ts';
import { countForwards, isLoop, pathAsked } from '../protocol/forwarding.ts';
import { formatProxyPac } from '../protocol/proxy-pac.ts';
import { chooseSite } from '../protocol/surrogate.ts';
import { answerDesk, isAtDesk, isOwnName } from './answer-desk.ts';
import { answerFromCache } from './answer-from-cache.ts';
import type { ClientExchange } from './client-exchange.ts';
import { OriginFailure } from './origin-failure.ts';
import type { WebCache } from './web-cache.ts';

/** Methods that pass: TRACE would show to a page what the browser keeps from it (RFC 9110, section 9.3.8). */
const METHODS = 'GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH';

/** Answers one request of a client. Never throws: what goes wrong ends the exchange or the connection. */
export async function answerClient(client: ClientExchange): Promise<void> {
  try {
    await route(client);
  } catch (error) {
    if (error instanceof OriginFailure) return client.say(error.status, error.message, [], error);
    client.cache.host.log.error(error, `Cannot answer ${client.head.method} ${client.head.target}`);
    client.say(502, 'the proxy failed at this request');
  }
}

async function route(client: ClientExchange): Promise<void> {
  const { head, cache } = client;
  const { judged } = client.answer;
  if (judged.kind === 'refuse')
    return client.say(judged.status, judged.because, judged.close ? [['Connection', 'close']] : []);
  if (head.method === 'TRACE')
    return client.say(405, 'TRACE does not pass here, whatever its Max-Forwards', [['Allow', allowedMethods(cache)]]);
  const { target } = judged;
  if (target.form === 'asterisk') return answerOptions(client);
  if (cache.config.REVERSE !== null) {
    const site = chooseSite(cache.config.REVERSE, target, judged.authority);
    if (site.kind === 'refuse') return client.say(site.status, site.because);
    return forward(client, site.origin, site.path);
  }
  if (target.form !== 'absolute') return answerItself(client, target);
  if (isOwnName(client, target.authority)) return answerItself(client, { form: 'origin', path: target.path });
  if (target.scheme !== 'http')
    return client.say(501, `${target.scheme} URIs are not fetched here: https goes through CONNECT`);
  const refused = refusePort(target.authority.port ?? 80, cache.config.HTTP_PORTS);
  if (refused !== null) return client.say(403, refused);
  await forward(client, target.authority, target.path);
}

async function forward(client: ClientExchange, authority: Authority, path: string): Promise<void> {
  const { head, cache } = client;
  if (isLoop(head.fields, cache.pseudonym))
    return client.say(508, 'the request has been here before, says its Via field');
  const forwards = countForwards(head.method, head.fields);
  if (forwards.kind === 'answer') return answerOptions(client);
  await answerFromCache(client, authority, pathAsked(head.method, head.target, path), forwards.fields);
}

/** A request to the proxy as a server of its own: the auto-configuration file, and what it can do. */
async function answerItself(client: ClientExchange, target: RequestTarget): Promise<void> {
  const { head, cache } = client;
  if (head.method === 'OPTIONS') return answerOptions(client);
  const [path = '', query = ''] = target.form === 'origin' ? target.path.split(/\?(.*)/s) : [];
  if (isAtDesk(client, path)) return answerDesk(client, path, new URLSearchParams(query));
  if (path !== '/' && path !== '/proxy.pac') {
    return client.say(
      404,
      'this is a proxy: ask it for whole URLs (http://...), for /proxy.pac, which tells a browser how, or for /cache, which shows what is stored',
    );
  }
  if (head.method !== 'GET' && head.method !== 'HEAD')
    return client.say(405, 'the file is only read', [['Allow', 'GET, HEAD, OPTIONS']]);
  const { host, config } = cache;
  const own = `${host.address}:${host.port(config.PROXY_PORT)}`;
  const pac = formatProxyPac(fieldLines(head.fields, 'Host')[0] ?? '', own, config.PAC_ZONES, host.net);
  client.sendOwn(
    200,
    'application/x-ns-proxy-autoconfig',
    Buffer.from(pac, 'utf8'),
    'the file is made for the address by which the client came',
  );
}

/** A surrogate opens no tunnels. */
export function allowedMethods({ config }: WebCache): string {
  return config.REVERSE === null ? `${METHODS}, CONNECT` : METHODS;
}

function answerOptions(client: ClientExchange): void {
  const allow: Fields = [['Allow', allowedMethods(client.cache)]];
  client.sendOwn(
    200,
    'text/plain; charset=utf-8',
    Buffer.alloc(0),
    'the proxy answers for itself (RFC 9110, section 9.3.7)',
    allow,
  );
}
