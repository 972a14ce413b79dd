import { createServer, type Server, type Socket } from 'node:net';
import { ImapConnection, type ShownSession } from './imap-connection.ts';
import type { ImapParts } from './imap-session.ts';
import { UidLists } from './uid-lists.ts';
import { TlsUpgrade } from './upgrade-to-tls.ts';

export interface ImapListener {
  connections(): number;
  /** The newest ones, newest first. */
  sessions(): ShownSession[];
  close(): Promise<void>;
}

export interface ImapListenerOptions {
  readonly port: number;
  /** RFC 8314, section 3.2: TLS from the first octet. */
  readonly tlsPort: number;
  readonly idleMs: number;
  readonly connectionsMax: number;
  readonly connectionsPerClientMax: number;
}

/** Sessions that are shown. */
const SHOWN_SESSIONS_MAX = 20;

/** Serves the mailboxes over IMAP: on port 143, where STARTTLS begins TLS, and on port 993. */
export async function listenImap(parts: ImapParts, options: ImapListenerOptions): Promise<ImapListener> {
  const tls = new TlsUpgrade(parts.tls);
  const serving = { ...parts, uidLists: new UidLists() };
  const sockets = new Set<Socket>();
  const sessions = new Map<ImapConnection, Promise<void>>();

  const serve = async (plain: Socket, isSecure: boolean) => {
    const socket = isSecure ? await tls.accept(plain) : plain;
    if (socket === null) return;
    const session = new ImapConnection(serving, tls, socket, { idleMs: options.idleMs, isSecure });
    sessions.set(session, session.run());
    await sessions.get(session);
    sessions.delete(session);
  };
  const admit = (socket: Socket, isSecure: boolean) => {
    const fromClient = [...sockets].filter(({ remoteAddress }) => remoteAddress === socket.remoteAddress).length;
    if (sockets.size >= options.connectionsMax || fromClient >= options.connectionsPerClientMax) {
      turnAway(socket, isSecure);
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    void serve(socket, isSecure);
  };
  const servers: Server[] = [];
  const close = async () => {
    for (const session of sessions.keys()) session.stop();
    for (const socket of sockets) setImmediate(() => socket.destroy());
    await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
    // What a session does to its mailbox is done to the end.
    await Promise.all(sessions.values());
  };
  try {
    servers.push(await listen(parts, options.port, (socket) => admit(socket, false)));
    servers.push(await listen(parts, options.tlsPort, (socket) => admit(socket, true)));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    connections: () => sockets.size,
    sessions: () =>
      [...sessions.keys()]
        .slice(-SHOWN_SESSIONS_MAX)
        .reverse()
        .map((session) => session.shown),
    close,
  };
}

/** RFC 3501, section 7.1.5: a greeting of BYE says that the connection is not wanted. Where TLS is expected, nothing can be said. */
function turnAway(socket: Socket, isSecure: boolean): void {
  socket.on('error', () => {});
  if (isSecure) socket.destroy();
  else socket.end('* BYE [UNAVAILABLE] Too many connections, try again later\r\n', () => socket.destroy());
}

async function listen(parts: ImapParts, port: number, take: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, take);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, parts.host.address, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => parts.host.log.error(error, 'the IMAP listener failed'));
  return server;
}
