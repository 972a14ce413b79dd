import type { IncomingMessage } from 'node:http';
import { EXCHANGE_FIELD } from '#shared/exchange.ts';
import type { Host } from '#shared/host/host.ts';
import { request } from '#shared/host/node-http.ts';
import { Patience } from '#shared/host/patience.ts';
import { isLabAddress } from '#shared/lab-net.ts';
import type { Endpoint } from '#shared/report.ts';

/** Times that a server may send us elsewhere. */
const REDIRECTS_MAX = 3;
/** Status codes that send us elsewhere (RFC 9110, section 15.4). */
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const DEFAULT_HTTP_PORT = 80;

export interface HttpAnswer {
  readonly body: Uint8Array;
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** Whether it came from elsewhere than the URL says. */
  readonly isRedirected: boolean;
}

export interface HttpGetLimits {
  readonly octetsMax: number;
  /** For everything: the look-up, the connection, all redirects and the body. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface HttpGetRequest {
  readonly url: URL;
  readonly exchange: string;
  /** In the place of path and query of the URL, octets and all. */
  readonly target?: string;
  /** Where the host of the URL was a moment ago, so that its name need not be looked up. */
  readonly address?: string | undefined;
}

/**
 * A GET over HTTP, as a peer needs it for .torrent files and announces: the name is looked up in the lab, redirects lead to
 * http only, an answer that is compressed or too long is refused.
 */
export async function httpGet(host: Host, asked: HttpGetRequest, limits: HttpGetLimits): Promise<HttpAnswer> {
  const waiting = new AbortController();
  const patience = new Patience(limits.timeoutMs, () => waiting.abort());
  const signal = AbortSignal.any([limits.signal, waiting.signal]);
  try {
    return await follow(host, asked, limits.octetsMax, signal);
  } catch (error) {
    throw signal.aborted ? new Error(`${asked.url.host} did not answer in time`) : error;
  } finally {
    patience.end();
  }
}

async function follow(host: Host, asked: HttpGetRequest, octetsMax: number, signal: AbortSignal): Promise<HttpAnswer> {
  let next = asked;
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
    const { url } = next;
    const response = await open(host, next, signal);
    const to = { address: response.socket.localAddress ?? host.address, port: response.socket.localPort ?? 0 };
    const from = { address: response.socket.remoteAddress ?? '', port: response.socket.remotePort ?? 0 };
    const { statusCode = 0, headers } = response;
    if (statusCode === 200)
      return { body: await readBody(response, url, octetsMax), from, to, isRedirected: redirects > 0 };
    response.destroy();
    if (!REDIRECTS.includes(statusCode)) throw new Error(`${url.host} answered with status ${statusCode}`);
    const location = headers.location === undefined ? null : URL.parse(headers.location, url);
    if (location?.protocol !== 'http:')
      throw new Error(`${url.host} redirects to "${headers.location ?? ''}", which is no http URL`);
    next = { url: location, exchange: asked.exchange };
  }
  throw new Error(`${asked.url.host} redirects more than ${REDIRECTS_MAX} times`);
}

async function open(
  host: Host,
  { url, target, address, exchange }: HttpGetRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const server = address ?? (await unless(signal, host.names.addresses(url.hostname, exchange))).addresses[0];
  if (server === undefined) throw new Error(`${url.hostname} has no address`);
  // A torrent comes from strangers, and a redirect too: they must not lead us to machines outside of the lab.
  if (!isLabAddress(server, host.net)) throw new Error(`${url.host} is outside of the lab`);
  const headers = {
    Host: url.host,
    'User-Agent': 'Topdown-peer',
    'Accept-Encoding': 'identity',
    Connection: 'close',
    [EXCHANGE_FIELD]: exchange,
  };
  const port = host.port(url.port === '' ? DEFAULT_HTTP_PORT : Number(url.port));
  const path = target ?? `${url.pathname}${url.search}`;
  return new Promise((resolve, reject) => {
    const sent = request({ host: server, port, path, headers, agent: false, localAddress: host.address, signal });
    sent.on('response', resolve);
    sent.on('error', reject);
    sent.end();
  });
}

async function readBody(response: IncomingMessage, url: URL, octetsMax: number): Promise<Uint8Array> {
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw new Error(`${url.host} answered in the encoding "${encoding}", which was not asked for`);
  const chunks: Buffer[] = [];
  let octets = 0;
  // Leaving the loop destroys the response, so that no more is received than may be.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    octets += chunk.length;
    if (octets > octetsMax) throw new Error(`${url.host} answered with more than ${octetsMax} octets`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What `promise` resolves to, unless `signal` comes first. */
export function unless<Value>(signal: AbortSignal, promise: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
