import type { Socket } from 'node:net';
import type { TlsServerOptions } from '#shared/host/tls.ts';
import { type LineListener, type LineListenerOptions, listenForLines } from './line-listener.ts';
import { Pop3Connection, type Pop3Parts, type Pop3SessionState } from './pop3-connection.ts';
import { TlsUpgrade } from './upgrade-to-tls.ts';

interface Pop3ListenerOptions extends LineListenerOptions {
  readonly tls: TlsServerOptions;
  /** Whether a password may be given without TLS. */
  readonly allowsCleartext: boolean;
  readonly idleMs: number;
}

/** Serves the mailboxes over POP3: on port 110, where STLS begins TLS, and on port 995. */
export function listenPop3(parts: Pop3Parts, options: Pop3ListenerOptions): Promise<LineListener<Pop3SessionState>> {
  const { idleMs, allowsCleartext } = options;
  const tls = new TlsUpgrade(options.tls);
  const service = {
    name: 'POP3',
    tls,
    // RFC 3206, section 3: the trouble is temporary.
    tooMany: '-ERR [SYS/TEMP] Too many connections, try again later\r\n',
    open: (socket: Socket, isTls: boolean) =>
      new Pop3Connection(parts, socket, tls, { idleMs, privacy: { isTls, allowsCleartext } }),
  };
  return listenForLines(parts.host, service, options);
}
