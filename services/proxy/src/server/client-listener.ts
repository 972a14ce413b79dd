import { createServer, type Server, type Socket } from 'node:net';
import type { Host } from '#shared/host/host.ts';
import { type Ends, endsOf } from '../reports.ts';
import { ClientConnection, type ConnectionUser } from './client-connection.ts';
import type { ClientLimits } from './client-limits.ts';
import { parseRequest } from './parse-request.ts';

/** Connections that the kernel holds until they are accepted. */
const BACKLOG = 4_096;
/** Octets that wait for a client before its answer is held back: an object of 64 KiB and its head leave in one go. */
const WAITING_OCTETS_MAX = 131_072;

/** What a listener leaves to the proxy. */
export type ClientUser = Pick<ConnectionUser, 'answerReady' | 'answer' | 'tunnel' | 'refuse'>;

/** Checks that may seem to have been left out between two, since this process had other work. */
const CHECKS_HELD_MAX = 3;

/** The connections of clients: how many there may be, and how long each may take. */
export class ClientListener implements ConnectionUser {
  readonly limits: ClientLimits;
  readonly answerReady: ConnectionUser['answerReady'];
  readonly answer: ConnectionUser['answer'];
  readonly tunnel: ConnectionUser['tunnel'];
  readonly refuse: ConnectionUser['refuse'];
  readonly parse = parseRequest;
  /** Of the time in which this process ran: where it was held up, its timers are due before it reads what came in time. */
  now = 0;
  held = 0;
  readonly #host: Host;
  readonly #server: Server;
  /** In the order in which they came. */
  readonly #connections = new Set<ClientConnection>();
  #check: NodeJS.Timeout | undefined;
  #lookedAt = 0;

  constructor(host: Host, limits: ClientLimits, user: ClientUser) {
    this.limits = limits;
    this.answerReady = user.answerReady;
    this.answer = user.answer;
    this.tunnel = user.tunnel;
    this.refuse = user.refuse;
    this.#host = host;
    // A client that has sent its request may end its side and wait for the answer.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: WAITING_OCTETS_MAX }, (socket) =>
      this.#accept(socket),
    );
  }

  get open(): number {
    return this.#connections.size;
  }

  /** @param reusePort others listen on the same port, and the kernel deals the connections out */
  listen(port: number, reusePort = false): Promise<void> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: this.#host.address, port, reusePort, backlog: BACKLOG }, () => {
        server.off('error', reject);
        server.on('error', (error) => this.#host.log.error(error, 'the listening socket failed'));
        resolve();
      });
    });
  }

  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    clearInterval(this.#check);
    for (const connection of this.#connections) connection.close();
    return closed;
  }

  endsOf(socket: Socket): Ends {
    return endsOf(this.#host, socket);
  }

  closed(connection: ClientConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size > 0) return;
    clearInterval(this.#check);
    this.#check = undefined;
  }

  #accept(socket: Socket): void {
    if (this.#check === undefined) this.#watch();
    if (this.#connections.size >= this.limits.connectionsMax) this.#makeRoom();
    this.#connections.add(new ClientConnection(socket, this));
  }

  #watch(): void {
    this.#lookedAt = performance.now();
    this.#check = setInterval(() => {
      const at = performance.now();
      this.now += Math.min(at - this.#lookedAt, CHECKS_HELD_MAX * this.limits.checkMs);
      this.#lookedAt = at;
      for (const connection of this.#connections) connection.check(this.now);
    }, this.limits.checkMs);
  }

  /** Ends the connection that has been idle longest, or else the oldest one: who comes now may have something to say. */
  #makeRoom(): void {
    let chosen: ClientConnection | undefined;
    for (const connection of this.#connections) {
      if (!connection.isIdle) continue;
      if (chosen === undefined || connection.idleUntil < chosen.idleUntil) chosen = connection;
    }
    chosen ??= this.#connections.values().next().value;
    if (chosen === undefined) return;
    this.#connections.delete(chosen);
    chosen.close();
  }
}
