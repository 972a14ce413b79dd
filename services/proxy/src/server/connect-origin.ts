import { connect, type Socket } from 'node:net';
import type { Host } from '#shared/host/host.ts';
import { Patience } from '#shared/host/patience.ts';
import { refuseAddress } from '../protocol/destination.ts';
import { connectFailure, OriginFailure, type Place } from './origin-failure.ts';

/** A place whose address is known. */
export type Destination = Required<{ readonly [Part in keyof Place]: NonNullable<Place[Part]> }>;

interface ConnectOptions {
  /** How long it may take, in milliseconds. */
  readonly connectMs: number;
  /** Whether one side may end while the other goes on: a tunnel. */
  readonly allowHalfOpen?: boolean;
  /** Gets the socket before it is connected, to be able to end it. */
  readonly track: (socket: Socket) => void;
}

/**
 * Connects to an origin. The address is judged here, at the last moment and in the form in which it is connected to: nothing is
 * looked up again behind the check.
 *
 * @throws OriginFailure
 */
export function connectOrigin(host: Host, to: Destination, options: ConnectOptions): Promise<Socket> {
  const { connectMs, allowHalfOpen = false, track } = options;
  const refused = refuseAddress(to.address, { net: host.net, ownAddress: host.address });
  if (refused !== null) {
    return Promise.reject(new OriginFailure(403, refused, { kind: 'forbidden', place: to, beforeSending: true }));
  }
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: to.address,
      port: to.port,
      localAddress: host.address,
      noDelay: true,
      allowHalfOpen,
    });
    track(socket);
    const patience = new Patience(connectMs, () => {
      const because = `no connection to ${to.host} was made in ${connectMs / 1000} s`;
      socket.destroy(new OriginFailure(504, because, { kind: 'slow', place: to, beforeSending: true }));
    });
    const fail = (error: Error) => reject(connectFailure(error, to));
    // Both stay: an error after the connection was made is told by "close", too.
    socket.on('error', fail);
    socket.once('close', () => {
      patience.end();
      fail(new Error('closed'));
    });
    socket.once('connect', () => {
      patience.end();
      resolve(socket);
    });
  });
}
