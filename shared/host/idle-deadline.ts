/** A request on its way: it is closed when its response has gone, or its client has. */
interface Closing {
  once(event: 'close', listener: () => void): unknown;
}

/**
 * How long a connection of HTTP may be without a request. The deadline is absolute: octets that drip in, and PINGs, do not move
 * it; a connection lives as long as requests come.
 */
export class IdleDeadline {
  readonly #idleMs: number;
  readonly #onIdle: () => void;
  #inFlight = 0;
  #hasEnded = false;
  #timer: NodeJS.Timeout;

  constructor(idleMs: number, onIdle: () => void) {
    this.#idleMs = idleMs;
    this.#onIdle = onIdle;
    this.#timer = setTimeout(onIdle, idleMs);
  }

  /** Requests that are not over. */
  get inFlight(): number {
    return this.#inFlight;
  }

  begin(request: Closing): void {
    this.#inFlight += 1;
    clearTimeout(this.#timer);
    request.once('close', () => {
      this.#inFlight -= 1;
      if (this.#inFlight === 0 && !this.#hasEnded) this.#timer = setTimeout(this.#onIdle, this.#idleMs);
    });
  }

  /** The connection is over. */
  stop(): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
  }
}
