import { createSocket } from 'node:dgram';
import { encodeMessage } from '#shared/dns/encode-message.ts';
import { queryFor } from '#shared/dns/message.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { CLASS, TYPE } from '#shared/dns/registry.ts';
import type { Server } from '../processes.ts';

/** Asks once for the address of `name`, and says whether a record came as an answer in time. */
export async function askOnce(server: Server, name: string, timeoutMs: number): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), timeoutMs);
      socket.on('error', () => {
        clearTimeout(timer);
        setTimeout(() => resolve(false), timeoutMs);
      });
      socket.on('message', (octets) => {
        clearTimeout(timer);
        resolve(octets.readUInt16BE(6) > 0);
      });
      socket.connect(server.port, server.address, () => {
        const question = { qname: parseName(name), qtype: TYPE.A, qclass: CLASS.IN };
        socket.send(encodeMessage(queryFor(question, { id: 1, rd: true, edns: null })));
      });
    });
  } finally {
    socket.close();
  }
}
