/** Requests that wait for the same flight, at most: the others go on their own. */
const WAITING_MAX = 1_000;
/** How long a request waits for another's answer before it goes on its own, in milliseconds. */
const WAIT_MS_MAX = 10_000;

interface Flight {
  readonly landed: Promise<void>;
  waiting: number;
}

/**
 * Collapsed forwarding: while one request for a key is on its way to the origin, others for the same key wait for what it
 * brings (RFC 9111, section 4, "collapse requests"). It lands as soon as its answer is an entry, whose body others read while it
 * comes. They look into the store then, which may hold nothing for them.
 */
export class Flights {
  readonly #flights = new Map<string, Flight>();

  /** Resolves when the flight for `key` has landed; null when there is none to wait for. */
  follow(key: string): Promise<void> | null {
    const flight = this.#flights.get(key);
    if (flight === undefined || flight.waiting >= WAITING_MAX) return null;
    flight.waiting += 1;
    return new Promise((resolve) => {
      const patience = setTimeout(resolve, WAIT_MS_MAX);
      void flight.landed.then(() => {
        clearTimeout(patience);
        resolve();
      });
    });
  }

  /** Begins a flight for `key`, unless one is on its way. Returns what lands it; calling that twice does no harm. */
  begin(key: string): () => void {
    if (this.#flights.has(key)) return () => {};
    const { promise, resolve } = Promise.withResolvers<void>();
    const flight = { landed: promise, waiting: 0 };
    this.#flights.set(key, flight);
    return () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
      resolve();
    };
  }
}
