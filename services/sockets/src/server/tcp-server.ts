import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Endpoint } from '#shared/report.ts';
import type { SocketStep } from '../protocol/socket-step.ts';
import { answer, READ_BYTES_MAX } from '../protocol/upper-case.ts';
import type { Onlooker, OpenSocket, UpperCaseServer } from './upper-case-server.ts';

/** Connection sockets open at once: far more than a class needs, far fewer than a process has descriptors (1,024). */
const CONNECTIONS_MAX = 256;
/** How long an answered client may keep its end of the connection open, or go on sending, in milliseconds. */
const CLOSE_MS_MAX = 5_000;

/** What the TCP server is told beside its address. */
export interface TcpOptions {
  /** Connections that the operating system queues until they are accepted. */
  readonly backlog: number;
  /** How long a client may be silent before its connection is closed, in milliseconds. */
  readonly idleMs: number;
}

/**
 * The TCP server: the welcoming socket stays open, and each client gets a connection socket of its own, which is closed
 * after one answer.
 */
export async function listenTcp(at: Endpoint, options: TcpOptions, onlooker: Onlooker): Promise<UpperCaseServer> {
  const connections = new Set<Connection>();
  let served = 0;
  const life = onlooker.newExchange();
  const tell = (exchange: string, step: Omit<SocketStep, 'transport'>) =>
    onlooker.tell(exchange, { transport: 'tcp', ...step });

  const welcome = createServer((socket) => {
    const connection = { socket, local: localOf(socket), remote: remoteOf(socket), exchange: onlooker.newExchange() };
    connections.add(connection);
    tell(connection.exchange, { call: 'accept', local: connection.local, remote: connection.remote });
    socket.on('close', () => {
      connections.delete(connection);
      tell(connection.exchange, { call: 'close', local: connection.local, remote: connection.remote });
    });
    // A client that resets its connection is no fault of ours; "close" follows.
    socket.on('error', () => {});
    socket.setTimeout(options.idleMs, () => socket.destroy());
    socket.once('data', (octets: Buffer) => {
      answerOnce(connection, octets.subarray(0, READ_BYTES_MAX), tell);
      served += 1;
    });
  });
  welcome.maxConnections = CONNECTIONS_MAX;
  tell(life, { call: 'create', local: null, remote: null });

  const local = await listen(welcome, { host: at.address, port: at.port, backlog: options.backlog });
  tell(life, { call: 'bind', local, remote: null });
  tell(life, { call: 'listen', local, remote: null });
  welcome.on('error', (error) => onlooker.trouble(`The welcoming socket: ${error.message}`));
  welcome.on('drop', () => onlooker.trouble(`More than ${CONNECTIONS_MAX} connections at once: one was refused`));

  return {
    served: () => served,
    sockets: () => [
      { transport: 'tcp', role: 'welcoming', state: 'LISTEN', local, remote: null },
      ...[...connections].map(inspected),
    ],
    close: async () => {
      const closed = new Promise<void>((resolve) => welcome.close(() => resolve()));
      for (const { socket } of connections) socket.destroy();
      await closed;
      tell(life, { call: 'close', local, remote: null });
    },
  };
}

/** A connection socket with what is known of it after it has closed, too. */
interface Connection {
  readonly socket: Socket;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly exchange: string;
}

type Tell = (exchange: string, step: Omit<SocketStep, 'transport'>) => void;

function answerOnce({ socket, local, remote, exchange }: Connection, message: Uint8Array, tell: Tell): void {
  tell(exchange, { call: 'recv', local, remote, octets: message });
  const reply = answer(message);
  tell(exchange, { call: 'send', local, remote, octets: reply });
  // What comes later is read and thrown away: data that nobody has read would make the operating system reset the
  // connection, and the client could lose the answer (RFC 9293, section 3.6.1).
  socket.resume().end(reply);
  const giveUp = setTimeout(() => socket.destroy(), CLOSE_MS_MAX);
  socket.once('close', () => clearTimeout(giveUp));
}

function inspected({ socket, local, remote }: Connection): OpenSocket {
  return {
    transport: 'tcp',
    role: 'connection',
    state: socket.writableEnded ? 'FIN-WAIT' : 'ESTABLISHED',
    local,
    remote,
  };
}

/** Create, bind and listen are one call of Node. Resolves with the address that the socket then has. */
function listen(welcome: Server, options: { host: string; port: number; backlog: number }): Promise<Endpoint> {
  return new Promise((resolve, reject) => {
    welcome.once('error', reject);
    welcome.listen(options, () => {
      welcome.off('error', reject);
      const { address, port } = welcome.address() as AddressInfo;
      resolve({ address, port });
    });
  });
}

function localOf(socket: Socket): Endpoint {
  return { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
}

function remoteOf(socket: Socket): Endpoint {
  return { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
}
