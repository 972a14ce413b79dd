import type { Endpoint } from '../../report.ts';
import type { DatagramHost, UdpCounters } from './datagram-service.ts';
import type { Respond } from './request.ts';
import { UdpListener } from './udp-listener.ts';

/** How datagrams are received and sent: one by one by Node, or many by one system call where that can be had. */
export const UDP_MODES = ['plain', 'batched'] as const;
export type UdpMode = (typeof UDP_MODES)[number];

interface UdpServer {
  readonly counters: Readonly<UdpCounters>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A listener for DNS over UDP, not yet started. Where the batched one cannot be had, the log says why. */
export async function openUdp(mode: UdpMode, here: Endpoint, respond: Respond, host: DatagramHost): Promise<UdpServer> {
  if (mode === 'plain') return new UdpListener(here, respond, host);
  const { openLibc } = await import('./libc-sockets.ts');
  const libc = openLibc();
  if (typeof libc === 'string') {
    host.log.warn(`DNS over UDP is plain, one datagram at a time: ${libc}`);
    return new UdpListener(here, respond, host);
  }
  const { BatchedUdpListener } = await import('./batched-udp-listener.ts');
  return new BatchedUdpListener(here, respond, host, libc);
}
