import type { Socket } from 'node:net';
import type { Host } from '#shared/host/host.ts';
import { formatEndpoint } from '#shared/report.ts';
import { connectOrigin, type Destination } from './connect-origin.ts';
import { OriginConnection, type OriginTimes } from './origin-connection.ts';
import { OriginFailure } from './origin-failure.ts';

/** Connections to one origin address at once: some times what browsers open (six), so that one busy page is no burden for it. */
const PER_ORIGIN_MAX = 32;
/** Connections to all origins at once: each is a file descriptor. */
const CONNECTIONS_MAX = 256;
/** Idle connections that are kept for one origin; a page with its pictures uses about as many. */
const IDLE_PER_ORIGIN_MAX = 8;
/** How long an idle one is kept, in milliseconds: less than the 5 s after which common servers close it. */
const IDLE_MS_MAX = 4_000;
/** Requests that wait for a connection, all together; one more is answered 503. */
const WAITING_MAX = 1_000;
/** How long a request waits for one, in milliseconds. */
const WAIT_MS_MAX = 10_000;

/** A place for one connection: being made, in use, or idle. */
interface Slot {
  readonly key: string;
  socket: Socket | null;
  connection: OriginConnection | null;
  /** Ends the connection when it has been idle for long; null while it is not idle. */
  idle: NodeJS.Timeout | null;
  /** Resolves after the turn of the event loop in which octets are seen that came behind the last response; null then. */
  settled: Promise<void> | null;
}

interface Waiter {
  readonly to: Destination;
  readonly fresh: boolean;
  readonly key: string;
  readonly take: (given: OriginConnection | Promise<OriginConnection>) => void;
  readonly refuse: (failure: OriginFailure) => void;
}

/** The connections to all origins: never more than the limits, each in use for one request, or idle, or being made. */
export class OriginPool {
  readonly #host: Host;
  readonly #times: OriginTimes;
  /** In the order in which they became idle or were opened. */
  readonly #slots = new Set<Slot>();
  readonly #waiting = new Set<Waiter>();
  #isClosed = false;

  constructor(host: Host, times: OriginTimes) {
    this.#host = host;
    this.#times = times;
  }

  get counts(): { open: number; idle: number; waiting: number } {
    const idle = [...this.#slots].filter((slot) => slot.idle !== null).length;
    return { open: this.#slots.size, idle, waiting: this.#waiting.size };
  }

  /**
   * A connection for one request; it comes back by itself after it.
   *
   * @param fresh never one that was used before: for a request that may not be sent twice
   * @throws OriginFailure
   */
  async take(to: Destination, fresh: boolean): Promise<OriginConnection> {
    // A connection that has just become free is worth a turn.
    if (!fresh) await this.#idleOnes(formatEndpoint(to)).at(-1)?.settled;
    if (this.#isClosed) throw busy(to, 'the proxy is stopping');
    return this.#takeNow(to, fresh) ?? this.#wait(to, fresh);
  }

  close(): void {
    this.#isClosed = true;
    for (const waiter of this.#waiting) waiter.refuse(busy(waiter.to, 'the proxy is stopping'));
    for (const slot of this.#slots) this.#end(slot);
  }

  /** A kept connection, or a new one where there is room for it, or null. */
  #takeNow(to: Destination, fresh: boolean): OriginConnection | Promise<OriginConnection> | null {
    const key = formatEndpoint(to);
    const idle = fresh ? [] : this.#idleOnes(key).filter(({ connection }) => connection?.isUsable);
    const kept = idle.findLast(({ settled }) => settled === null);
    if (kept === undefined) return idle.length === 0 && this.#makeRoom(key) ? this.#connect(to, key) : null;
    this.#leaveIdle(kept);
    return kept.connection;
  }

  /** Whether one more may be opened. For it the connection ends that has been idle for the longest time, if that helps. */
  #makeRoom(key: string): boolean {
    const isFullHere = this.#countAt(key) >= PER_ORIGIN_MAX;
    if (!isFullHere && this.#slots.size < CONNECTIONS_MAX) return true;
    const [oldest] = this.#idleOnes(isFullHere ? key : null);
    if (oldest === undefined) return false;
    this.#end(oldest);
    return true;
  }

  async #connect(to: Destination, key: string): Promise<OriginConnection> {
    const slot: Slot = { key, socket: null, connection: null, idle: null, settled: null };
    this.#slots.add(slot);
    try {
      const socket = await connectOrigin(this.#host, to, {
        connectMs: this.#times.connectMs,
        track: (making) => {
          slot.socket = making;
        },
      });
      slot.connection = new OriginConnection(socket, to, this.#times.silenceMs, () => this.#freed(slot));
      return slot.connection;
    } catch (error) {
      this.#forget(slot);
      throw error;
    }
  }

  /** The connection has carried its exchange, or has ended. */
  #freed(slot: Slot): void {
    const { connection } = slot;
    this.#leaveIdle(slot);
    if (!connection?.isUsable) {
      this.#forget(slot);
      return;
    }
    this.#slots.delete(slot);
    this.#slots.add(slot);
    slot.idle = setTimeout(() => this.#end(slot), IDLE_MS_MAX);
    // What comes behind a response must not be taken for the next one: it is looked for before there is a next one.
    slot.settled = new Promise((resolve) => {
      setImmediate(() => {
        slot.settled = null;
        this.#serveWaiting();
        const idle = this.#idleOnes(slot.key);
        if (idle.length > IDLE_PER_ORIGIN_MAX) this.#end(idle[0]!);
        resolve();
      });
    });
  }

  #end(slot: Slot): void {
    this.#leaveIdle(slot);
    slot.socket?.destroy();
    this.#forget(slot);
  }

  #forget(slot: Slot): void {
    if (this.#slots.delete(slot)) this.#serveWaiting();
  }

  #leaveIdle(slot: Slot): void {
    if (slot.idle !== null) clearTimeout(slot.idle);
    slot.idle = null;
  }

  #idleOnes(key: string | null): Slot[] {
    return [...this.#slots].filter((slot) => slot.idle !== null && (key === null || slot.key === key));
  }

  #countAt(key: string): number {
    return [...this.#slots].filter((slot) => slot.key === key).length;
  }

  #wait(to: Destination, fresh: boolean): Promise<OriginConnection> {
    if (this.#waiting.size >= WAITING_MAX) throw busy(to, `${WAITING_MAX} requests wait for connections already`);
    const { promise, resolve, reject } = Promise.withResolvers<OriginConnection>();
    const leave = () => {
      clearTimeout(patience);
      this.#waiting.delete(waiter);
    };
    const waiter: Waiter = {
      to,
      fresh,
      key: formatEndpoint(to),
      take: (given) => {
        leave();
        resolve(given);
      },
      refuse: (failure) => {
        leave();
        reject(failure);
      },
    };
    const patience = setTimeout(
      () => waiter.refuse(busy(to, `no connection became free in ${WAIT_MS_MAX} ms`)),
      WAIT_MS_MAX,
    );
    this.#waiting.add(waiter);
    return promise;
  }

  /** Gives what has become free to the first who can use it. */
  #serveWaiting(): void {
    if (this.#isClosed) return;
    const full = new Set<string>();
    for (const waiter of this.#waiting) {
      if (full.has(waiter.key)) continue;
      const given = this.#takeNow(waiter.to, waiter.fresh);
      if (given === null) full.add(waiter.key);
      else waiter.take(given);
    }
  }
}

function busy(to: Destination, because: string): OriginFailure {
  return new OriginFailure(503, `${to.host} cannot be asked now: ${because}`, {
    kind: 'busy',
    place: to,
    beforeSending: true,
  });
}
