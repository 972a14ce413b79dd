import type { Host } from '../host.ts';
import type { Respond } from './request.ts';
import { TcpListener } from './tcp-listener.ts';
import { UdpListener } from './udp-listener.ts';

/** The port of DNS (RFC 1035, section 4.2). */
export const DNS_PORT = 53;

export interface DnsListeners {
  /** What the listeners have seen, for `GET /state`. */
  counters(): { readonly udpQueries: number; readonly udpDropped: number; readonly tcpConnections: number };
  stop(): Promise<void>;
}

/** Serves DNS on the host's port 53, over UDP and over TCP. */
export async function listenDns(host: Host, respond: Respond): Promise<DnsListeners> {
  const here = host.endpoint(DNS_PORT);
  const udp = new UdpListener(here, respond, host.log);
  const tcp = new TcpListener(here, respond, host.log);
  await udp.start();
  try {
    await tcp.start();
  } catch (error) {
    await udp.stop();
    throw error;
  }
  return {
    counters: () => ({
      udpQueries: udp.counters.queries,
      udpDropped: udp.counters.dropped,
      tcpConnections: tcp.openConnections,
    }),
    stop: async () => {
      await Promise.all([udp.stop(), tcp.stop()]);
    },
  };
}
