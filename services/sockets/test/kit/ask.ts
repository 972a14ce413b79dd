import { createSocket, type RemoteInfo } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import type { Endpoint } from '#shared/report.ts';

/** Clients of one question, inside the test itself: for what needs more than a line of text. */

export interface UdpAnswer {
  readonly octets: Buffer;
  /** Where the answer came from. */
  readonly from: Endpoint;
  /** Where the question was sent from. */
  readonly asked: Endpoint;
}

/** Sends one datagram and waits for one. */
export async function askOverUdp(octets: string | Uint8Array, to: Endpoint): Promise<UdpAnswer> {
  const socket = createSocket('udp4');
  try {
    return await new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', (answer: Buffer, { address, port }: RemoteInfo) =>
        resolve({ octets: answer, from: { address, port }, asked: socket.address() }),
      );
      socket.send(octets, to.port, to.address);
    });
  } finally {
    socket.close();
  }
}

/** Opens a connection; resolves when it stands. */
export function openTcp(to: Endpoint): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(to.port, to.address, () => resolve(socket));
    socket.on('error', reject);
  });
}

/** Opens a connection, sends, and reads until the other end closes. */
export async function askOverTcp(octets: string | Uint8Array, to: Endpoint): Promise<Buffer> {
  const socket = await openTcp(to);
  socket.write(octets);
  return readAll(socket);
}

/** All that comes on a connection until its other end closes it. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
