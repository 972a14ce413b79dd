import type { Endpoint } from '../../report.ts';

/** How long a connection may be without a request, in milliseconds. */
const IDLE_MS = 10_000;
/** How long a request may take from its header section until the client has its response, in milliseconds. */
const REQUEST_MS = 15_000;

/** What carries requests: a session of HTTP/2, or a socket. */
interface Carrier {
  readonly destroyed: boolean;
  destroy(): unknown;
}

/** A response; it is closed when it has gone, or its client has. */
interface Closing {
  once(event: 'close', listener: () => void): unknown;
  destroy(): unknown;
}

/**
 * The deadlines of one connection of HTTP. They are absolute: octets that drip in, or PINGs, do not move them; a connection
 * lives as long as requests come.
 */
export class HttpConnection {
  readonly client: Endpoint;
  readonly #carrier: Carrier;
  #inFlight = 0;
  #idle: NodeJS.Timeout;

  constructor(carrier: Carrier, client: Endpoint) {
    this.client = client;
    this.#carrier = carrier;
    this.#idle = setTimeout(() => carrier.destroy(), IDLE_MS);
  }

  /** Takes a request that ends with `response`; ends the connection where it has too many at once. */
  begin(response: Closing, inFlightMax: number): boolean {
    if (this.#inFlight >= inFlightMax) {
      this.#carrier.destroy();
      return false;
    }
    this.#inFlight += 1;
    clearTimeout(this.#idle);
    const late = setTimeout(() => response.destroy(), REQUEST_MS);
    response.once('close', () => {
      clearTimeout(late);
      this.#inFlight -= 1;
      if (this.#inFlight === 0 && !this.#carrier.destroyed) {
        this.#idle = setTimeout(() => this.#carrier.destroy(), IDLE_MS);
      }
    });
    return true;
  }

  stop(): void {
    clearTimeout(this.#idle);
  }
}
