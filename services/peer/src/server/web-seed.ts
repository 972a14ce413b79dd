import type { IncomingMessage } from 'node:http';
import type { TorrentInfo } from '#shared/bittorrent/metainfo.ts';
import { BLOCK_OCTETS } from '#shared/bittorrent/peer-message.ts';
import { EXCHANGE_FIELD } from '#shared/exchange.ts';
import type { Host } from '#shared/host/host.ts';
import { Agent, request } from '#shared/host/node-http.ts';
import { isLabAddress } from '#shared/lab-net.ts';
import { refusalOf, type WebRequest, webRequests } from '../protocol/web-request.ts';
import type { WebFetch, WebSeedEvent } from '../protocol/web-seeds.ts';
import { rangeReport, rangeResponseReport } from '../reports.ts';

/** How long a web server may be silent, in milliseconds. */
const SILENCE_MS_MAX = 20_000;
/**
 * How long a block may take, in milliseconds, as with any neighbour: an octet now and then is not silence, and what was asked of
 * it is asked of nobody else meanwhile.
 */
const BLOCK_MS_MAX = 60_000;
/** Times that it may send us elsewhere. */
const REDIRECTS_MAX = 3;
/** Status codes that send us elsewhere (RFC 9110, section 15.4). */
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const DEFAULT_HTTP_PORT = 80;

/** Why a fetch ends before its octets are there; the swarm decides what becomes of the web seed. */
class Refusal extends Error {
  readonly event: WebSeedEvent;

  constructor(event: WebSeedEvent) {
    super(event.kind);
    this.event = event;
  }
}

/** A part of a fetch; `signal` ends it before its octets are there. */
interface Wanted extends WebRequest {
  readonly because: string;
  readonly signal: AbortSignal;
}

/** Fetches octets of one torrent from web servers, over connections that are kept open (BEP 19). */
export class WebSeedClient {
  readonly #host: Host;
  readonly #info: TorrentInfo;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 2, timeout: SILENCE_MS_MAX });
  readonly #abort = new AbortController();

  constructor(host: Host, info: TorrentInfo) {
    this.#host = host;
    this.#info = info;
  }

  /** Fetches in the background; `heed` hears of each block, and last how it ended. */
  fetch(fetch: WebFetch, heed: (event: WebSeedEvent) => void): void {
    this.#fetch(fetch, heed).then(
      () => this.#tell(heed, { kind: 'done' }),
      (error: Error) => {
        const busy: WebSeedEvent = { kind: 'busy', because: error.message, afterMs: null };
        this.#tell(heed, error instanceof Refusal ? error.event : busy);
      },
    );
  }

  /** Ends what is under way; nothing is heard of it any more. */
  close(): void {
    this.#abort.abort();
    this.#agent.destroy();
  }

  #tell(heed: (event: WebSeedEvent) => void, event: WebSeedEvent): void {
    if (!this.#abort.signal.aborted) heed(event);
  }

  async #fetch(fetch: WebFetch, heed: (event: WebSeedEvent) => void): Promise<void> {
    const slow = new AbortController();
    const timer = setTimeout(() => slow.abort(), BLOCK_MS_MAX);
    const blocks = new BlockAssembler(fetch, (event) => {
      timer.refresh();
      this.#tell(heed, event);
    });
    const signal = AbortSignal.any([this.#abort.signal, slow.signal]);
    try {
      for (const wanted of webRequests(fetch, this.#info)) {
        const octets = wanted.last - wanted.first + 1;
        if (wanted.url === null) blocks.take(new Uint8Array(octets));
        else await this.#get(wanted.url, { ...wanted, because: fetch.because, signal }, (chunk) => blocks.take(chunk));
      }
    } catch (error) {
      throw slow.signal.aborted ? new Error(`it gave no block for ${BLOCK_MS_MAX / 1000} s`) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Gets one range and passes on its octets. @throws Refusal, or Error when the server fails */
  async #get(text: string, wanted: Wanted, take: (chunk: Uint8Array) => void): Promise<void> {
    const exchange = this.#host.newExchange();
    let url = URL.parse(text);
    for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
      if (url?.protocol !== 'http:') throw new Refusal({ kind: 'useless', because: 'its URL is none of http' });
      this.#host.report(rangeReport(exchange, url, wanted, wanted.because));
      const response = await this.#open(url, wanted, exchange);
      const status = response.statusCode ?? 0;
      this.#host.report(rangeResponseReport(exchange, endsOf(response), status));
      if (!REDIRECTS.includes(status)) return await this.#read(response, wanted, take);
      response.destroy();
      url = URL.parse(response.headers.location ?? '', url);
    }
    throw new Refusal({ kind: 'useless', because: `it redirects more than ${REDIRECTS_MAX} times` });
  }

  async #open(url: URL, { first, last, signal }: Wanted, exchange: string): Promise<IncomingMessage> {
    const host = this.#host;
    const [address] = (await host.names.addresses(url.hostname, exchange)).addresses;
    if (address === undefined) throw new Error(`${url.hostname} has no address`);
    // A torrent comes from strangers: it must not lead us to machines outside of the lab.
    if (!isLabAddress(address, host.net)) throw new Refusal({ kind: 'useless', because: 'it is outside of the lab' });
    const sent = request({
      host: address,
      port: host.port(url.port === '' ? DEFAULT_HTTP_PORT : Number(url.port)),
      path: `${url.pathname}${url.search}`,
      headers: {
        Host: url.host,
        Range: `bytes=${first}-${last}`,
        'User-Agent': 'Topdown-peer',
        'Accept-Encoding': 'identity',
        [EXCHANGE_FIELD]: exchange,
      },
      agent: this.#agent,
      localAddress: host.address,
      signal,
    });
    sent.setTimeout(SILENCE_MS_MAX, () => sent.destroy(new Error(`it was silent for ${SILENCE_MS_MAX / 1000} s`)));
    return new Promise((resolve, reject) => {
      sent.on('response', resolve);
      sent.on('error', reject);
      sent.end();
    });
  }

  async #read(response: IncomingMessage, wanted: WebRequest, take: (chunk: Uint8Array) => void): Promise<void> {
    const answer = { status: response.statusCode ?? 0, field: (name: string) => fieldOf(response, name) };
    const refusal = refusalOf(answer, wanted, this.#host.clock.now());
    if (refusal !== null) {
      response.destroy();
      throw new Refusal(refusal);
    }
    let missing = wanted.last - wanted.first + 1;
    // Leaving the loop destroys the response, so that no more is received than was asked for.
    for await (const chunk of response as AsyncIterable<Buffer>) {
      missing -= chunk.length;
      if (missing < 0) throw new Refusal({ kind: 'useless', because: 'it gives more octets than were asked for' });
      take(chunk);
    }
    if (missing > 0) throw new Error(`it ended ${missing} octets early`);
  }
}

/** Makes blocks of octets that come in chunks of any size. */
class BlockAssembler {
  readonly #tell: (event: WebSeedEvent) => void;
  readonly #end: number;
  readonly #block = new Uint8Array(BLOCK_OCTETS);
  #begin: number;
  #filled = 0;

  constructor({ begin, length }: WebFetch, tell: (event: WebSeedEvent) => void) {
    this.#tell = tell;
    this.#begin = begin;
    this.#end = begin + length;
  }

  take(chunk: Uint8Array): void {
    for (let rest = chunk; rest.length > 0; ) {
      const length = Math.min(BLOCK_OCTETS, this.#end - this.#begin);
      const taken = rest.subarray(0, length - this.#filled);
      this.#block.set(taken, this.#filled);
      this.#filled += taken.length;
      rest = rest.subarray(taken.length);
      if (this.#filled < length) return;
      // Whoever keeps the block copies it: its memory is used again.
      this.#tell({ kind: 'block', begin: this.#begin, block: this.#block.subarray(0, length) });
      this.#begin += length;
      this.#filled = 0;
    }
  }
}

function fieldOf(response: IncomingMessage, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

function endsOf({ socket }: IncomingMessage) {
  const from = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
  return { from, to: { address: socket.localAddress ?? '', port: socket.localPort ?? 0 } };
}
