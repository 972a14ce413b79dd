import { createServer, type Socket } from 'node:net';
import type { Host } from '#shared/host/host.ts';

/** Connections from one address: a workstation may run several clients, but none may take all places. */
const CONNECTIONS_PER_ADDRESS_MAX = 4;
/** Connections beyond the neighbours, for those that still shake hands. */
const HANDSHAKES_MAX = 16;

export interface PeerListener {
  close(): Promise<void>;
}

/** Waits for peers that dial us; `welcome` gets each connection that is within the limits. */
export async function listenForPeers(
  host: Host,
  options: { port: number; neighboursMax: number },
  welcome: (socket: Socket) => void,
): Promise<PeerListener> {
  const connections = new Map<Socket, string>();
  const server = createServer((socket) => {
    // A peer that resets its connection is no fault of ours; "close" follows.
    socket.on('error', () => {});
    const address = socket.remoteAddress;
    const others = [...connections.values()].filter((other) => other === address).length;
    if (address === undefined || others >= CONNECTIONS_PER_ADDRESS_MAX) {
      socket.destroy();
      return;
    }
    connections.set(socket, address);
    socket.on('close', () => connections.delete(socket));
    welcome(socket);
  });
  server.maxConnections = options.neighboursMax + HANDSHAKES_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: host.address, port: options.port }, resolve);
  });
  server.on('error', (error) => host.log.error(error, 'the socket for peers failed'));
  return {
    close: () => {
      for (const socket of connections.keys()) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
