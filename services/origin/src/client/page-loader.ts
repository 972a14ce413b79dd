import type { Fields } from '#shared/http/fields.ts';
import { objectsOf } from '../protocol/page-objects.ts';
import { HttpConnection, type Received } from './http-connection.ts';

/** How a page is loaded. The defaults are those of today's browsers, but for their number of connections. */
export interface Manner {
  /** A connection serves many objects, which is the default of HTTP/1.1 (RFC 9112, section 9.3); otherwise one each. */
  readonly persistent: boolean;
  /** The next request does not wait for the answer to the one before (RFC 9112, section 9.3.2). */
  readonly pipelining: boolean;
  /** Connections at once; browsers open six. */
  readonly connections: number;
}

export const USUAL_MANNER: Manner = { persistent: true, pipelining: false, connections: 1 };

/** One object and how it came. Times are milliseconds since the loading began. */
export interface LoadedObject {
  readonly url: string;
  /** Which of the connections it came by, counted from 1. */
  readonly connection: number;
  readonly sentMs: number;
  readonly firstMs: number;
  readonly doneMs: number;
  readonly status: number;
  readonly octets: number;
}

export interface LoadedPage {
  /** The base HTML, then its objects in the order of their mention. */
  readonly objects: readonly LoadedObject[];
  readonly connections: number;
  readonly tookMs: number;
}

export interface Where {
  /** Connects to this address and port in place of the URL's. */
  readonly address?: string;
  readonly port?: number;
  readonly localAddress?: string;
}

/** Loads the page at `url` and the objects that it refers to. @throws Error with one sentence */
export async function loadPage(url: string, manner: Manner = USUAL_MANNER, where: Where = {}): Promise<LoadedPage> {
  const loader = new PageLoader(manner, where);
  try {
    return await loader.load(url);
  } finally {
    loader.close();
  }
}

interface Line {
  readonly connection: HttpConnection;
  readonly number: number;
  readonly host: string;
}

class PageLoader {
  readonly #manner: Manner;
  readonly #where: Where;
  readonly #begunMs = performance.now();
  readonly #loaded = new Map<string, LoadedObject>();
  /** Connections that may take another request. */
  readonly #idle: Line[] = [];
  #opened = 0;

  constructor(manner: Manner, where: Where) {
    this.#manner = manner;
    this.#where = where;
  }

  async load(url: string): Promise<LoadedPage> {
    const page = await this.#fetch(url);
    const waiting = [...objectsOf(page.body.toString('utf8'), url)];
    const urls = [url, ...waiting];
    const workers = Array.from({ length: this.#manner.connections }, () => this.#work(waiting));
    await Promise.all(workers);
    const objects = urls.map((each) => this.#loaded.get(each)).filter((each) => each !== undefined);
    return { objects, connections: this.#opened, tookMs: performance.now() - this.#begunMs };
  }

  close(): void {
    for (const { connection } of this.#idle) connection.close();
  }

  /** Fetches what is waiting, one after the other or, pipelined, all that the first connection can be asked for at once. */
  async #work(waiting: string[]): Promise<void> {
    for (let url = waiting.shift(); url !== undefined; url = waiting.shift()) {
      if (!this.#manner.pipelining) await this.#fetch(url);
      else await this.#fetchAtOnce(url, waiting);
    }
  }

  async #fetchAtOnce(first: string, waiting: string[]): Promise<void> {
    const { host } = new URL(first);
    const together = [first, ...takeAll(waiting, (url) => new URL(url).host === host)];
    const line = await this.#lineTo(first);
    await Promise.all(together.map((url) => this.#ask(line, url)));
    this.#free(line);
  }

  async #fetch(url: string): Promise<Received> {
    const line = await this.#lineTo(url);
    const received = await this.#ask(line, url);
    this.#free(line);
    return received;
  }

  async #ask({ connection, number }: Line, url: string): Promise<Received> {
    const { host, pathname, search } = new URL(url);
    const close: Fields = this.#manner.persistent ? [] : [['Connection', 'close']];
    const sentMs = this.#now();
    const received = await connection.get(`${pathname}${search}`, [['Host', host], ...close]);
    const { head, body } = received;
    this.#loaded.set(url, {
      ...{ url, connection: number, sentMs, status: head.status, octets: body.length },
      ...{ firstMs: received.firstMs - this.#begunMs, doneMs: received.doneMs - this.#begunMs },
    });
    return received;
  }

  /** A connection to the server of the URL: one that is idle, otherwise a new one. */
  async #lineTo(url: string): Promise<Line> {
    const { host, hostname, port } = new URL(url);
    const [kept] = takeAll(this.#idle, (line) => line.host === host, 1);
    if (kept?.connection.isOpen) return kept;
    this.#opened += 1;
    const number = this.#opened;
    const { address = hostname, port: otherPort = Number(port || 80), localAddress } = this.#where;
    return { connection: await HttpConnection.open(address, otherPort, localAddress), number, host };
  }

  #free(line: Line): void {
    if (this.#manner.persistent && line.connection.isOpen) this.#idle.push(line);
    else line.connection.close();
  }

  #now(): number {
    return performance.now() - this.#begunMs;
  }
}

/** Takes out of `list` what fits, at most `max`. */
function takeAll<Item>(list: Item[], fits: (item: Item) => boolean, max = Infinity): Item[] {
  const taken: Item[] = [];
  for (let place = 0; place < list.length && taken.length < max; ) {
    if (fits(list[place]!)) taken.push(...list.splice(place, 1));
    else place += 1;
  }
  return taken;
}
