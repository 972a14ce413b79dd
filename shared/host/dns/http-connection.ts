import type { Endpoint } from '../../report.ts';
import { IdleDeadline } from '../idle-deadline.ts';

/** How long a connection may be without a request, in milliseconds. */
const IDLE_MS = 10_000;
/** How long a request may take from its header section until the client has its response, in milliseconds. */
const REQUEST_MS = 15_000;

/** What carries requests: a session of HTTP/2, or a socket. */
interface Carrier {
  destroy(): unknown;
}

/** A response; it is closed when it has gone, or its client has. */
interface Closing {
  once(event: 'close', listener: () => void): unknown;
  destroy(): unknown;
}

/** One connection of HTTP with its deadlines, which are absolute: whatever drips in does not move them. */
export class HttpConnection {
  readonly client: Endpoint;
  readonly #carrier: Carrier;
  readonly #idle: IdleDeadline;

  constructor(carrier: Carrier, client: Endpoint) {
    this.client = client;
    this.#carrier = carrier;
    this.#idle = new IdleDeadline(IDLE_MS, () => carrier.destroy());
  }

  /** Takes a request that ends with `response`; ends the connection where it has too many at once. */
  begin(response: Closing, inFlightMax: number): boolean {
    if (this.#idle.inFlight >= inFlightMax) {
      this.#carrier.destroy();
      return false;
    }
    this.#idle.begin(response);
    const late = setTimeout(() => response.destroy(), REQUEST_MS);
    response.once('close', () => clearTimeout(late));
    return true;
  }

  stop(): void {
    this.#idle.stop();
  }
}
