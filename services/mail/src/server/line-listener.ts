import { createServer, type Server, type Socket } from 'node:net';
import type { Host } from '#shared/host/host.ts';
import type { TlsUpgrade } from './upgrade-to-tls.ts';

/** One session of a protocol of lines (POP3, IMAP). */
interface LineSession<Shown> {
  /** From the greeting to the end, with all that it still does to a mailbox. */
  run(): Promise<void>;
  /** Says that the server stops. The connection is closed behind it. */
  stop?(): void;
  /** What the state of the program tells of it. */
  readonly shown: Shown;
}

export interface LineListenerOptions {
  readonly port: number;
  /** RFC 8314, section 3.2: TLS from the first octet. */
  readonly tlsPort: number;
  readonly connectionsMax: number;
  readonly connectionsPerClientMax: number;
}

/** What is served. */
export interface LineService<Shown> {
  /** Its name in the log. */
  readonly name: string;
  readonly tls: TlsUpgrade;
  /** What a client hears that is one too many, with its line end. */
  readonly tooMany: string;
  /** What a session needs is loaded for the first one: most servers of a lab are never asked. */
  open(socket: Socket, isSecure: boolean): Promise<LineSession<Shown>>;
}

export interface LineListener<Shown> {
  connections(): number;
  /** Of the newest sessions, newest first. */
  sessions(): Shown[];
  close(): Promise<void>;
}

/** Sessions that are shown. */
const SHOWN_SESSIONS_MAX = 20;

/** Serves a protocol of lines on two ports: one where a command begins TLS, and one that has it from the first octet. */
export async function listenForLines<Shown>(
  host: Host,
  service: LineService<Shown>,
  options: LineListenerOptions,
): Promise<LineListener<Shown>> {
  const sockets = new Set<Socket>();
  const sessions = new Set<LineSession<Shown>>();
  /** Connections from their admission to their end, those included for which a session is still being loaded. */
  const served = new Set<Promise<void>>();

  const serve = async (plain: Socket, isSecure: boolean) => {
    const socket = isSecure ? await service.tls.accept(plain) : plain;
    if (socket === null) return;
    const session = await service.open(socket, isSecure);
    if (socket.destroyed) return;
    sessions.add(session);
    await session.run().finally(() => sessions.delete(session));
  };
  const admit = (socket: Socket, isSecure: boolean) => {
    const fromClient = [...sockets].filter(({ remoteAddress }) => remoteAddress === socket.remoteAddress).length;
    if (sockets.size >= options.connectionsMax || fromClient >= options.connectionsPerClientMax)
      return turnAway(socket, isSecure ? '' : service.tooMany);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // A client that resets its connection before it has a session is no fault of ours; "close" follows.
    socket.on('error', () => {});
    const serving = serve(socket, isSecure)
      .catch((error: Error) => {
        host.log.error(error, `a connection of ${service.name} could not be served`);
        socket.destroy();
      })
      .finally(() => served.delete(serving));
    served.add(serving);
  };
  const servers: Server[] = [];
  const close = async () => {
    for (const session of sessions) session.stop?.();
    for (const socket of sockets) setImmediate(() => socket.destroy());
    await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
    // What a session does to its mailbox is done to the end, and nothing goes on behind the stop.
    await Promise.all(served);
  };
  try {
    servers.push(await listen(host, service.name, options.port, (socket) => admit(socket, false)));
    servers.push(await listen(host, service.name, options.tlsPort, (socket) => admit(socket, true)));
  } catch (error) {
    await close();
    throw error;
  }
  const newest = () => [...sessions].slice(-SHOWN_SESSIONS_MAX).reverse();
  return { connections: () => sockets.size, sessions: () => newest().map(({ shown }) => shown), close };
}

/** Where TLS is expected, nothing can be said. */
function turnAway(socket: Socket, words: string): void {
  socket.on('error', () => {});
  if (words === '') socket.destroy();
  else socket.end(words, () => socket.destroy());
}

async function listen(host: Host, name: string, port: number, take: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, take);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host.address, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => host.log.error(error, `the listener of ${name} failed`));
  return server;
}
