import { connect } from 'node:net';
import { Patience } from '#shared/host/patience.ts';

/**
 * How long a server may be silent before the talk is taken to be over, in milliseconds: it waits for more, or keeps the
 * connection.
 */
const SILENCE_MS = 600;
/** How long the first octet of an answer may take, and the whole talk, in milliseconds. */
const FIRST_MS_MAX = 6_000;
const TALK_MS_MAX = 15_000;
/** Octets of an answer that are shown; a longer one is cut. */
const RECEIVED_OCTETS_MAX = 262_144;

/** How a talk ended: the server closed, or it was silent, or it said more than is shown. */
export type Ending = 'closed' | 'silent' | 'cut';

export interface Talk {
  readonly received: Buffer;
  readonly ending: Ending;
  /** From the connection to the last octet, in milliseconds. */
  readonly tookMs: number;
}

export interface Partner {
  readonly address: string;
  readonly port: number;
  readonly localAddress: string;
}

/**
 * Connects, sends the octets as they are, and listens until the server closes or has nothing more to say. The connection ends
 * with the talk.
 *
 * @throws Error with one sentence when no connection can be made
 */
export function talkRaw(partner: Partner, octets: Uint8Array): Promise<Talk> {
  const { address: host, port, localAddress } = partner;
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, localAddress });
    const pieces: Buffer[] = [];
    let length = 0;
    let lastMs = 0;
    let patience = new Patience(FIRST_MS_MAX, () => finish('silent'));
    const deadline = setTimeout(() => finish('cut'), TALK_MS_MAX);

    const finish = (ending: Ending) => {
      patience.end();
      clearTimeout(deadline);
      socket.destroy();
      resolve({ received: Buffer.concat(pieces).subarray(0, RECEIVED_OCTETS_MAX), ending, tookMs: lastMs });
    };
    socket.once('connect', () => socket.write(octets));
    socket.on('data', (piece: Buffer) => {
      lastMs = performance.now() - begun;
      pieces.push(piece);
      length += piece.length;
      if (length > RECEIVED_OCTETS_MAX) return finish('cut');
      patience.end();
      patience = new Patience(SILENCE_MS, () => finish('silent'));
    });
    socket.once('end', () => finish('closed'));
    socket.once('error', (error) => {
      if (length > 0) return finish('closed');
      patience.end();
      clearTimeout(deadline);
      reject(new Error(`${host}, port ${port}, gave no answer: ${error.message}`));
    });
  });
}
