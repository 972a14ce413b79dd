import type { Endpoint } from '../../report.ts';
import {
  type DatagramHost,
  DatagramService,
  type SocketHost,
  type UdpCounters,
  type UdpService,
} from './datagram-service.ts';
import type { LentAnswers } from './lent-answers.ts';
import type { Respond } from './request.ts';
import { UdpListener } from './udp-listener.ts';

/** How datagrams are received and sent: one by one by Node, or many by one system call where that can be had. */
export const UDP_MODES = ['plain', 'batched'] as const;
export type UdpMode = (typeof UDP_MODES)[number];
/** Worker threads of one server, at most: as many as a large machine has cores. */
export const UDP_WORKERS_MAX = 64;

/** How DNS over UDP is served. */
export interface UdpOptions {
  /** `plain` when absent. */
  readonly udp?: UdpMode;
  /** Worker threads that repeat answers; when absent there is none, and the program's own thread has the socket. */
  readonly udpWorkers?: number;
  /** By which the program ends what it has lent to worker threads. */
  readonly lent?: LentAnswers;
}

export interface UdpServer {
  readonly counters: Readonly<UdpCounters>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface UdpSocket extends UdpServer {
  reply(octets: Uint8Array, to: Endpoint, gone: (isGone: boolean) => void): void;
}

/** A server for DNS over UDP, not yet started. */
export async function openUdp(
  { udp = 'plain', udpWorkers = 0, lent }: UdpOptions,
  here: Endpoint,
  respond: Respond,
  host: DatagramHost,
): Promise<UdpServer> {
  if (udpWorkers === 0) return openSocket(udp, new DatagramService(here, respond, host), host, false);
  const { UdpWorkers } = await import('./udp-workers.ts');
  return new UdpWorkers({ mode: udp, workers: udpWorkers, lent }, here, respond, host);
}

/** A socket for `service`, not yet bound. Where the batched one cannot be had, the log says why. */
export async function openSocket(
  mode: UdpMode,
  service: UdpService,
  host: SocketHost,
  isOneOfMany: boolean,
): Promise<UdpSocket> {
  if (mode === 'plain') return new UdpListener(service, host, isOneOfMany);
  const { openLibc } = await import('./libc-sockets.ts');
  const libc = openLibc();
  if (typeof libc === 'string') {
    host.log.warn(`DNS over UDP is plain, one datagram at a time: ${libc}`);
    return new UdpListener(service, host, isOneOfMany);
  }
  const { BatchedUdpListener } = await import('./batched-udp-listener.ts');
  return new BatchedUdpListener(service, host, libc, isOneOfMany);
}
