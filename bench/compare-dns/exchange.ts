import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { encodeFrame, FrameReader } from '#shared/dns/stream.ts';
import type { Endpoint } from '#shared/report.ts';

/** Sends a datagram; the reply, or null where none comes in time. */
export function exchangeUdp(server: Endpoint, octets: Uint8Array, waitMs: number): Promise<Uint8Array | null> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    const settle = (reply: Uint8Array | null) => {
      clearTimeout(timer);
      socket.close();
      resolve(reply);
    };
    const timer = setTimeout(() => settle(null), waitMs);
    socket.once('message', settle);
    socket.once('error', () => settle(null));
    socket.connect(server.port, server.address, () => socket.send(octets));
  });
}

/** Silence after which a reply over TCP is taken to be complete, in milliseconds. */
const SILENCE_MS = 60;

/** Sends a message over TCP; all messages that come until the server closes or falls silent. */
export function exchangeTcp(server: Endpoint, octets: Uint8Array, waitMs: number): Promise<Uint8Array[]> {
  const replies: Uint8Array[] = [];
  const frames = new FrameReader();
  return new Promise((resolve) => {
    const socket = connect({ host: server.address, port: server.port }, () => socket.write(encodeFrame(octets)));
    socket.setTimeout(waitMs, () => socket.destroy());
    socket.on('data', (more: Buffer) => {
      replies.push(...frames.push(more).map((message) => Uint8Array.from(message)));
      socket.setTimeout(SILENCE_MS);
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(replies));
  });
}
