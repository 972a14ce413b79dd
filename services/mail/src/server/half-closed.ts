import type { Socket } from 'node:net';
import { Patience } from '#shared/host/patience.ts';
import { HANDSHAKE_MS } from '#shared/host/tls.ts';

/**
 * A client that has said all may close its side of the connection and still hear (RFC 9293, section 3.6). smtp-server answers
 * only where `readyState` is "open", and Node calls such a socket "writeOnly".
 */
export function keepAnswerable(socket: Socket): void {
  Object.defineProperty(socket, 'readyState', {
    get: () => (socket.writable ? 'open' : 'closed'),
    configurable: true,
  });
}

/** Gives a handshake its time, and ends the connection of a client that closes its side instead. @param onSecure called when TLS is there */
export function boundHandshake(socket: Socket, onSecure: () => void = () => {}): void {
  const giveUp = () => socket.destroy();
  const patience = new Patience(HANDSHAKE_MS, giveUp);
  socket.once('end', giveUp);
  socket.once('close', () => patience.end());
  socket.once('secure', () => {
    patience.end();
    socket.off('end', giveUp);
    onSecure();
  });
}
