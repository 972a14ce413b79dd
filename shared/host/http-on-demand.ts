import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { createServer } from './node-http.ts';

/** How long a connection is kept for another request, in milliseconds: as fastify does by itself. */
const KEEP_ALIVE_MS = 72_000;

/** What answers requests, ready to do so. */
export interface OpenedApp {
  readonly app: FastifyInstance;
  /** Ends what waits for something, before its connections are closed. */
  readonly stop?: () => void;
}

interface OnDemandOptions<Opened extends OpenedApp> extends ServerOptions {
  /** Loads and makes the application, when somebody first asks. */
  readonly open: () => Promise<Opened>;
  /** Told why the application could not be made; it is tried again at the next request. */
  readonly onFailure: (error: Error) => void;
  /** Answers what needs no application, and says whether it did. */
  readonly answerAtOnce?: (request: IncomingMessage, response: ServerResponse) => boolean;
  readonly connectionsMax?: number;
}

/**
 * A server of HTTP whose application is loaded and made when somebody first asks: an application of fastify weighs about a
 * megabyte beside its code, a host may have three, and most hosts of most labs are never asked.
 */
export class HttpOnDemand<Opened extends OpenedApp> {
  readonly #server: Server;
  readonly #make: () => Promise<Opened>;
  #opening: Promise<Opened> | null = null;
  #opened: Opened | null = null;

  constructor({ open, onFailure, answerAtOnce, connectionsMax, ...limits }: OnDemandOptions<Opened>) {
    this.#make = open;
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, ...limits }, (request, response) => {
      if (answerAtOnce?.(request, response) === true) return;
      this.#answer(request, response).catch((error: Error) => {
        onFailure(error);
        response.writeHead(503).end();
      });
    });
    if (connectionsMax !== undefined) this.#server.maxConnections = connectionsMax;
  }

  /** Null while nobody has asked. */
  get opened(): Opened | null {
    return this.#opened;
  }

  async listen(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  /** Cuts all connections. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#server.close(resolve));
    const last = await this.#opening?.catch(() => null);
    last?.stop?.();
    this.#server.closeAllConnections();
    await ended;
    await last?.app.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { app } = this.#opened ?? (await this.#open());
    app.routing(request, response);
  }

  async #open(): Promise<Opened> {
    this.#opening ??= this.#make();
    try {
      this.#opened = await this.#opening;
      return this.#opened;
    } catch (error) {
      this.#opening = null;
      throw error;
    }
  }
}
