import { connect, createServer, type Server, type Socket } from 'node:net';

/** A port behind which another one is, far away: every octet is on its way for a while, in both directions. It changes none. */
export class LongWay {
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param oneWayMs how long an octet is on its way */
  static async open(from: string, to: string, port: number, oneWayMs: number): Promise<LongWay> {
    const server = createServer({ allowHalfOpen: true });
    const way = new LongWay(server);
    server.on('connection', (near) => {
      way.connections += 1;
      const far = connect({ host: to, port, allowHalfOpen: true });
      way.#carry(near, far, oneWayMs);
      way.#carry(far, near, oneWayMs);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, from, resolve);
    });
    return way;
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #carry(from: Socket, to: Socket, ms: number): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (octets) => setTimeout(() => to.write(octets), ms));
    from.on('end', () => setTimeout(() => to.end(), ms));
    from.on('error', () => to.destroy());
    from.on('close', () => this.#sockets.delete(from));
  }
}
