import type { Socket } from 'node:net';
import type { TlsServerOptions } from '#shared/host/tls.ts';
import { type LineListener, type LineListenerOptions, listenForLines } from './line-listener.ts';
import type { Pop3Parts, Pop3SessionState } from './pop3-connection.ts';
import { TlsUpgrade } from './upgrade-to-tls.ts';

interface Pop3ListenerOptions extends LineListenerOptions {
  /** Whether a password may be given without TLS. */
  readonly allowsCleartext: boolean;
  readonly idleMs: number;
}

/** Serves the mailboxes over POP3: on port 110, where STLS begins TLS, and on port 995. */
export function listenPop3(
  parts: Pop3Parts & { readonly tls: TlsServerOptions },
  options: Pop3ListenerOptions,
): Promise<LineListener<Pop3SessionState>> {
  const { idleMs, allowsCleartext } = options;
  const tls = new TlsUpgrade(parts.tls);
  const service = {
    name: 'POP3',
    tls,
    // RFC 3206, section 3: the trouble is temporary.
    tooMany: '-ERR [SYS/TEMP] Too many connections, try again later\r\n',
    open: async (socket: Socket, isTls: boolean) => {
      const { Pop3Connection } = await import('./pop3-connection.ts');
      return new Pop3Connection(parts, socket, tls, { idleMs, privacy: { isTls, allowsCleartext } });
    },
  };
  return listenForLines(parts.host, service, options);
}
