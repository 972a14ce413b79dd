import { createServer, type Socket } from 'node:net';
import { ImapConnection } from './imap-connection.ts';
import type { ImapParts } from './imap-session.ts';

export interface ImapListener {
  connections(): number;
  close(): Promise<void>;
}

/** Serves the mailboxes over IMAP. */
export async function listenImap(
  parts: ImapParts,
  options: { port: number; idleMs: number; connectionsMax: number; connectionsPerClientMax: number },
): Promise<ImapListener> {
  const connections = new Map<Socket, ImapConnection>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const fromClient = [...connections.keys()].filter(({ remoteAddress }) => remoteAddress === socket.remoteAddress);
    if (connections.size >= options.connectionsMax || fromClient.length >= options.connectionsPerClientMax) {
      socket.on('error', () => {});
      // RFC 3501, section 7.1.5: a greeting of BYE says that the connection is not wanted.
      socket.end('* BYE [UNAVAILABLE] Too many connections, try again later\r\n', () => socket.destroy());
      return;
    }
    connections.set(socket, new ImapConnection(parts, socket, options.idleMs));
    socket.once('close', () => connections.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, parts.host.address, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => parts.host.log.error(error, 'the IMAP listener failed'));
  return {
    connections: () => connections.size,
    close: () => {
      for (const connection of connections.values()) connection.stop();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
