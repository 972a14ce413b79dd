import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What one connection may send in its turn, in octets: small, so that all get their share at the same time. */
const TURN_OCTETS = 16 * 1024;
/** What waits here for its turn, in octets and for each connection, before the server is asked to wait too. */
const WAITING_OCTETS_MAX = 256 * 1024;
/** What may be caught up after the machine was busy elsewhere, in seconds: a timer that comes late costs nothing of the rate. */
const CATCH_UP_S_MAX = 1;
/**
 * A pause in which nothing was to be sent, in milliseconds, after which nothing is saved up: a link cannot be used later. In a
 * shorter one it may be this machine that was busy, and not the server that had nothing to say.
 */
const IDLE_MS_MAX = 500;
const MS_PER_S = 1_000;

/** A connection through the link. */
interface Passage {
  readonly client: Socket;
  readonly server: Socket;
  readonly waiting: Buffer[];
  waitingOctets: number;
}

export interface UplinkOptions {
  /** Where clients connect. */
  readonly address: string;
  readonly port: number;
  /** The server behind the link. */
  readonly server: { readonly address: string; readonly port: number };
  readonly bytesPerS: number;
}

/**
 * The link of a server to the rest of the world, on loopback: what the server sends passes at `bytesPerS` in all, and every
 * connection that has something to send gets the same share. What clients send passes at once. From any moment at which it
 * was idle it carries no more than the rate allows, so that nothing that is measured behind it can beat the rate.
 */
export class Uplink {
  readonly #bytesPerS: number;
  readonly #listener: Server;
  /** In the order of their turns. */
  readonly #passages = new Set<Passage>();
  #credit = 0;
  #creditAt = Number.NEGATIVE_INFINITY;
  /** Since when nothing waits; null while something does. */
  #idleSince: number | null = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #sentBytes = 0;

  private constructor(listener: Server, bytesPerS: number) {
    this.#listener = listener;
    this.#bytesPerS = bytesPerS;
  }

  static async open({ address, port, server, bytesPerS }: UplinkOptions): Promise<Uplink> {
    const listener = createServer({ allowHalfOpen: true });
    const uplink = new Uplink(listener, bytesPerS);
    listener.on('connection', (client) => uplink.#join(client, connect({ host: server.address, port: server.port })));
    listener.listen(port, address);
    await once(listener, 'listening');
    return uplink;
  }

  /** Octets that the server has sent through it. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    for (const { client, server } of this.#passages) {
      client.destroy();
      server.destroy();
    }
    this.#passages.clear();
    await new Promise<void>((resolve) => this.#listener.close(() => resolve()));
  }

  #join(client: Socket, server: Socket): void {
    // A client that comes while nothing is under way finds a link that has saved up nothing.
    if (this.#idleSince !== null) this.#forgetCredit(performance.now());
    const passage: Passage = { client, server, waiting: [], waitingOctets: 0 };
    this.#passages.add(passage);
    client.setNoDelay(true);
    client.pipe(server);
    server.on('data', (octets: Buffer) => {
      passage.waiting.push(octets);
      passage.waitingOctets += octets.length;
      if (passage.waitingOctets >= WAITING_OCTETS_MAX) server.pause();
      this.#pass();
    });
    server.on('end', () => this.#endIfDone(passage));
    client.on('drain', () => this.#pass());
    const leave = () => {
      client.destroy();
      server.destroy();
      this.#passages.delete(passage);
    };
    // What went wrong is for the two ends to say: "close" follows.
    client.on('error', () => {}).on('close', leave);
    server.on('error', leave);
  }

  /** Lets through as much as may pass now, and comes back when more may. */
  #pass(): void {
    clearTimeout(this.#timer);
    const now = performance.now();
    if (this.#idleSince !== null && now - this.#idleSince > IDLE_MS_MAX) this.#forgetCredit(now);
    this.#idleSince = null;
    const gained = ((now - this.#creditAt) * this.#bytesPerS) / MS_PER_S;
    this.#credit = Math.min(this.#credit + gained, this.#bytesPerS * CATCH_UP_S_MAX);
    this.#creditAt = now;
    for (let passage = this.#next(); passage !== undefined; passage = this.#next()) {
      if (this.#credit < TURN_OCTETS) {
        const waitMs = ((TURN_OCTETS - this.#credit) * MS_PER_S) / this.#bytesPerS;
        this.#timer = setTimeout(() => this.#pass(), waitMs);
        return;
      }
      this.#send(passage);
    }
    this.#idleSince = now;
  }

  #forgetCredit(now: number): void {
    this.#credit = 0;
    this.#creditAt = now;
  }

  #next(): Passage | undefined {
    for (const passage of this.#passages) {
      if (passage.waitingOctets > 0 && !passage.client.writableNeedDrain) return passage;
    }
    return undefined;
  }

  #send(passage: Passage): void {
    const { client, server, waiting } = passage;
    const [first = Buffer.alloc(0)] = waiting;
    const octets = first.subarray(0, TURN_OCTETS);
    if (octets.length === first.length) waiting.shift();
    else waiting[0] = first.subarray(TURN_OCTETS);
    passage.waitingOctets -= octets.length;
    this.#credit -= octets.length;
    this.#sentBytes += octets.length;
    client.write(octets);
    if (passage.waitingOctets < WAITING_OCTETS_MAX) server.resume();
    // Behind the others: it is their turn now.
    this.#passages.delete(passage);
    this.#passages.add(passage);
    this.#endIfDone(passage);
  }

  #endIfDone({ client, server, waitingOctets }: Passage): void {
    if (server.readableEnded && waitingOctets === 0) client.end();
  }
}
