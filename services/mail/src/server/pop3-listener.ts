import { createServer, type Socket } from 'node:net';
import { Pop3Connection, type Pop3Parts } from './pop3-connection.ts';

export interface Pop3Listener {
  connections(): number;
  close(): Promise<void>;
}

/** Serves the mailboxes over POP3. */
export async function listenPop3(
  parts: Pop3Parts,
  options: { port: number; idleMs: number; connectionsMax: number; connectionsPerClientMax: number },
): Promise<Pop3Listener> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const fromClient = [...sockets].filter(({ remoteAddress }) => remoteAddress === socket.remoteAddress).length;
    if (sockets.size >= options.connectionsMax || fromClient >= options.connectionsPerClientMax) {
      socket.on('error', () => {});
      // RFC 3206, section 3: the trouble is temporary.
      socket.end('-ERR [SYS/TEMP] Too many connections, try again later\r\n', () => socket.destroy());
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    new Pop3Connection(parts, socket, options.idleMs);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, parts.host.address, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => parts.host.log.error(error, 'the POP3 listener failed'));
  return {
    connections: () => sockets.size,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
