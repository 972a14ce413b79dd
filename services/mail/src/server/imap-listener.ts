import type { Socket } from 'node:net';
import type { ShownSession } from './imap-connection.ts';
import type { ImapParts } from './imap-session.ts';
import { type LineListener, type LineListenerOptions, listenForLines } from './line-listener.ts';
import { UidLists } from './uid-lists.ts';
import { TlsUpgrade } from './upgrade-to-tls.ts';

/** Serves the mailboxes over IMAP: on port 143, where STARTTLS begins TLS, and on port 993. */
export function listenImap(
  parts: ImapParts,
  options: LineListenerOptions & { readonly idleMs: number },
): Promise<LineListener<ShownSession>> {
  const { idleMs } = options;
  const tls = new TlsUpgrade(parts.tls);
  const serving = { ...parts, uidLists: new UidLists() };
  const service = {
    name: 'IMAP',
    tls,
    // RFC 3501, section 7.1.5: a greeting of BYE says that the connection is not wanted.
    tooMany: '* BYE [UNAVAILABLE] Too many connections, try again later\r\n',
    open: async (socket: Socket, isSecure: boolean) => {
      const { ImapConnection } = await import('./imap-connection.ts');
      return new ImapConnection(serving, tls, socket, { idleMs, isSecure });
    },
  };
  return listenForLines(parts.host, service, options);
}
