import type { Socket } from 'node:net';

/** Resolves when the other side has taken what waits in the socket, or when the connection is over. */
export function untilDrained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    if (socket.destroyed) resolve();
    else socket.on('drain', done).on('close', done);
  });
}
