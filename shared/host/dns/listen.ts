import type { Host } from '../host.ts';
import { openTls } from '../tls.ts';
import { openUdp, type UdpOptions } from './open-udp.ts';
import type { Respond } from './request.ts';
import { TcpListener } from './tcp-listener.ts';

/** The ports of DNS: plain (RFC 1035, section 4.2), over TLS (RFC 7858, section 3.1), and over HTTPS (RFC 8484). */
export const DNS_PORT = 53;
export const DNS_OVER_TLS_PORT = 853;
export const DNS_OVER_HTTPS_PORT = 443;

export interface DnsOptions extends UdpOptions {
  /** Names in the server's certificate; where there are any, DNS is served over TLS and over HTTPS too. */
  readonly tlsNames?: readonly string[];
}

export interface DnsListeners {
  /** What the listeners have seen, for `GET /state`. */
  counters(): DnsCounters;
  stop(): Promise<void>;
}

interface DnsCounters {
  readonly udpQueries: number;
  readonly udpDropped: number;
  readonly tcpConnections: number;
  readonly tlsConnections?: number;
  readonly httpsConnections?: number;
}

interface Listener {
  readonly openConnections: number;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Serves DNS on the host's port 53 over UDP and TCP; with `tlsNames` also on 853 over TLS and on 443 over HTTPS. */
export async function listenDns(host: Host, respond: Respond, options: DnsOptions = {}): Promise<DnsListeners> {
  const here = host.endpoint(DNS_PORT);
  const udp = await openUdp(options, here, respond, host);
  const tcp = new TcpListener(here, respond, host.log);
  const stop = async () => {
    await Promise.all(started.map((listener) => listener.stop()));
  };
  const started: { stop(): Promise<void> }[] = [];
  const start = async <One extends Pick<Listener, 'start' | 'stop'>>(listener: One): Promise<One> => {
    await listener.start();
    started.push(listener);
    return listener;
  };
  try {
    await start(udp);
    await start(tcp);
    const encrypted = await openEncrypted(host, respond, options.tlsNames ?? []);
    for (const listener of Object.values(encrypted)) await start(listener);
    return {
      counters: () => ({
        udpQueries: udp.counters.queries,
        udpDropped: udp.counters.dropped,
        tcpConnections: tcp.openConnections,
        ...Object.fromEntries(
          Object.entries(encrypted).map(([name, listener]) => [`${name}Connections`, listener.openConnections]),
        ),
      }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The encrypted listeners; TLS and HTTP/2 are loaded only for them. */
async function openEncrypted(
  host: Host,
  respond: Respond,
  names: readonly string[],
): Promise<{ tls?: Listener; https?: Listener }> {
  if (names.length === 0) return {};
  const [tls, { TlsListener }, { HttpsListener }] = await Promise.all([
    openTls(host, names),
    import('./tls-listener.ts'),
    import('./https-listener.ts'),
  ]);
  return {
    tls: new TlsListener(host.endpoint(DNS_OVER_TLS_PORT), tls, respond, host.log),
    https: new HttpsListener(host.endpoint(DNS_OVER_HTTPS_PORT), tls, respond, host.log),
  };
}
