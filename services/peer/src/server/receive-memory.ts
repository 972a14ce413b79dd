import { type OnReadOpts, Socket } from 'node:net';

/** Octets that are read at once: about as many as the kernel keeps for us, so that few blocks come in two parts. */
const RECEIVE_OCTETS = 256 * 1024;

/** What Node keeps of a socket and does not describe: the socket of the system. */
interface WithHandle {
  _handle?: object | null;
}

/**
 * Memory into which sockets put what they receive, one after the other. Left to itself, Node takes new memory for each 64 KiB:
 * that costs three times as much as to read them, and the garbage collector comes for each of them.
 *
 * The `data` events of these sockets are views of it: whoever keeps octets copies them before the event is over.
 */
export class ReceiveMemory {
  readonly #octets = new Uint8Array(Buffer.allocUnsafeSlow(RECEIVE_OCTETS).buffer);

  /** The option for a socket that dials; `socketOf` is asked for it when something has come. */
  onread(socketOf: () => Socket): OnReadOpts {
    return {
      buffer: this.#octets,
      callback: (length, octets) => {
        socketOf().emit('data', octets.subarray(0, length));
        return true;
      },
    };
  }

  /**
   * The same for a socket that a listener has taken in, in whose place the returned one stands from then on. Node knows the
   * option for those that dial only, but makes a socket of another's handle, as when one process gives it to another.
   */
  adopt(accepted: Socket): Socket {
    const handle = (accepted as WithHandle)._handle;
    if (typeof handle !== 'object' || handle === null) return accepted;
    (accepted as WithHandle)._handle = null;
    accepted.destroy();
    const onread = this.onread(() => socket);
    const socket: Socket = new Socket({ handle, onread, readable: true, writable: true } as object);
    return socket;
  }
}
