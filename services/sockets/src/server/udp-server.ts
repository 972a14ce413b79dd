import { createSocket } from 'node:dgram';
import type { Endpoint } from '#shared/report.ts';
import type { SocketStep } from '../protocol/socket-step.ts';
import { answer, DATAGRAM_BYTES_MAX } from '../protocol/upper-case.ts';
import type { Onlooker, UpperCaseServer } from './upper-case-server.ts';

/** The UDP server: one socket for all clients; each answer goes to the source address of its datagram. */
export async function listenUdp(at: Endpoint, onlooker: Onlooker): Promise<UpperCaseServer> {
  let served = 0;
  const life = onlooker.newExchange();
  const tell = (exchange: string, step: Omit<SocketStep, 'transport'>) =>
    onlooker.tell(exchange, { transport: 'udp', ...step });

  const socket = createSocket('udp4');
  tell(life, { call: 'create', local: null, remote: null });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(at.port, at.address, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  socket.on('error', (error) => onlooker.trouble(`The UDP socket: ${error.message}`));
  const { address, port } = socket.address();
  const local = { address, port };
  tell(life, { call: 'bind', local, remote: null });

  socket.on('message', (datagram, { address, port }) => {
    // RFC 768 lets a datagram say that it has no source port: nothing can be sent to 0.
    if (port === 0) return;
    const remote = { address, port };
    const exchange = onlooker.newExchange();
    const message = datagram.subarray(0, DATAGRAM_BYTES_MAX);
    tell(exchange, { call: 'recvfrom', local, remote, octets: message });
    const reply = answer(message);
    socket.send(reply, port, address, (error) => {
      if (error !== null) return onlooker.trouble(`Cannot answer ${address}:${port}: ${error.message}`);
      served += 1;
      tell(exchange, { call: 'sendto', local, remote, octets: reply });
    });
  });

  return {
    served: () => served,
    sockets: () => [{ transport: 'udp', role: 'one for all clients', state: 'UNCONNECTED', local, remote: null }],
    close: async () => {
      await new Promise<void>((resolve) => socket.close(resolve));
      tell(life, { call: 'close', local, remote: null });
    },
  };
}
