import { createServer, type Server, type Socket } from 'node:net';
import type { TlsServerOptions } from '#shared/host/tls.ts';
import { Pop3Connection, type Pop3Parts, type Pop3SessionState } from './pop3-connection.ts';
import { TlsUpgrade } from './upgrade-to-tls.ts';

export interface Pop3Listener {
  connections(): number;
  /** The newest ones, newest first. */
  sessions(): Pop3SessionState[];
  close(): Promise<void>;
}

export interface Pop3ListenerOptions {
  readonly port: number;
  /** RFC 8314, section 3.2: TLS from the first octet. */
  readonly tlsPort: number;
  readonly tls: TlsServerOptions;
  /** Whether a password may be given without TLS. */
  readonly allowsCleartext: boolean;
  readonly idleMs: number;
  readonly connectionsMax: number;
  readonly connectionsPerClientMax: number;
}

/** Sessions that are shown. */
const SHOWN_SESSIONS_MAX = 20;

/** Serves the mailboxes over POP3: on port 110, where STLS begins TLS, and on port 995. */
export async function listenPop3(parts: Pop3Parts, options: Pop3ListenerOptions): Promise<Pop3Listener> {
  const sockets = new Set<Socket>();
  const sessions = new Map<Pop3Connection, Promise<void>>();
  const tls = new TlsUpgrade(options.tls);

  const serve = async (plain: Socket, isTls: boolean) => {
    const socket = isTls ? await tls.accept(plain) : plain;
    if (socket === null) return;
    const { idleMs, allowsCleartext } = options;
    const session = new Pop3Connection(parts, socket, tls, { idleMs, privacy: { isTls, allowsCleartext } });
    sessions.set(session, session.run());
    await sessions.get(session);
    sessions.delete(session);
  };
  const admit = (socket: Socket, isTls: boolean) => {
    const fromClient = [...sockets].filter(({ remoteAddress }) => remoteAddress === socket.remoteAddress).length;
    if (sockets.size >= options.connectionsMax || fromClient >= options.connectionsPerClientMax) {
      turnAway(socket, isTls);
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, isTls).catch((error: Error) => {
      parts.host.log.error(error, 'a POP3 connection could not be served');
      socket.destroy();
    });
  };

  const open = (port: number, isTls: boolean) =>
    listen(parts, port, (socket) => {
      admit(socket, isTls);
    });
  const servers = await openBoth(
    () => open(options.port, false),
    () => open(options.tlsPort, true),
  );
  return {
    connections: () => sockets.size,
    sessions: () =>
      [...sessions.keys()]
        .slice(-SHOWN_SESSIONS_MAX)
        .reverse()
        .map((session) => session.shown),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map(closeServer));
      // What a session does to its mailbox is done to the end.
      await Promise.all(sessions.values());
    },
  };
}

function turnAway(socket: Socket, isTls: boolean): void {
  socket.on('error', () => {});
  // RFC 3206, section 3: the trouble is temporary. Where TLS is expected, nothing can be said.
  if (isTls) socket.destroy();
  else socket.end('-ERR [SYS/TEMP] Too many connections, try again later\r\n', () => socket.destroy());
}

async function listen(parts: Pop3Parts, port: number, take: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, take);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, parts.host.address, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => parts.host.log.error(error, 'the POP3 listener failed'));
  return server;
}

/** The second listener; when it cannot be opened, the first one is closed. */
async function openBoth(first: () => Promise<Server>, second: () => Promise<Server>): Promise<[Server, Server]> {
  const one = await first();
  try {
    return [one, await second()];
  } catch (error) {
    await closeServer(one);
    throw error;
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
