/**
 * Sends one DNS query and waits for its reply, over UDP from a port of its own or over TCP. Who asks (the stub of every
 * program, the resolver, a secondary) decides what to do when nothing comes.
 */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { decodeMessage } from '../../dns/decode-message.ts';
import { encodeMessage } from '../../dns/encode-message.ts';
import type { Message } from '../../dns/message.ts';
import { mismatchOf } from '../../dns/reply-match.ts';
import { encodeFrame, FrameReader } from '../../dns/stream.ts';
import { ReplyVerifier, signRequest, TsigError } from '../../dns/tsig.ts';
import type { TsigKey } from '../../dns/tsig-key.ts';
import { ProtocolViolation } from '../../protocol-violation.ts';
import type { Endpoint } from '../../report.ts';
import { Patience } from '../patience.ts';
import { tsigHmac } from './tsig-hmac.ts';

/** Replies that do not match before the asker turns to TCP: somebody is guessing (RFC 5452, section 9.2). */
const MISMATCHES_MAX = 10;

/**
 * Why there is no reply. `mismatched`: replies came, but none was to this query. `unverified`: the query was signed, and the
 * reply says that its signature is not believed, or is not signed as it should be.
 */
export type AskFailure = 'timeout' | 'unreachable' | 'mismatched' | 'malformed' | 'closed' | 'unverified';

export class AskError extends Error {
  override readonly name = 'AskError';
  readonly failure: AskFailure;

  constructor(failure: AskFailure, detail: string) {
    super(`${failure}: ${detail}`);
    this.failure = failure;
  }
}

export interface Ask {
  readonly query: Message;
  readonly to: Endpoint;
  /** The address that the query leaves from. */
  readonly from: string;
  readonly timeoutMs: number;
  /** Ends the wait early, as `closed`. */
  readonly signal: AbortSignal;
  /** Signs the query, and takes only replies that are signed by the same key (TSIG, RFC 8945). */
  readonly key?: TsigKey | undefined;
  /** Called when the query has gone, with the end that it left from. */
  readonly onSent?: ((from: Endpoint, octets: Uint8Array) => void) | undefined;
}

export interface Reply {
  readonly message: Message;
  readonly octets: Uint8Array;
  /** The end that the query left from. */
  readonly from: Endpoint;
  readonly elapsedMs: number;
}

/** Asks over UDP; the socket is connected, so that datagrams of others never arrive. @throws AskError */
export function askUdp({ query, to, from, timeoutMs, signal, key, onSent }: Ask): Promise<Reply> {
  const { octets: outgoing, verify } = prepare(query, key);
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const socket = createSocket('udp4');
  const begun = performance.now();
  let mismatches = 0;
  let here: Endpoint = { address: from, port: 0 };

  const fail = (failure: AskFailure, detail: string) => reject(new AskError(failure, detail));
  const onAbort = () => fail('closed', 'the program stops');
  const patience = new Patience(timeoutMs, () =>
    fail(mismatches > 0 ? 'mismatched' : 'timeout', `no reply from ${to.address} in ${timeoutMs} ms`),
  );
  socket.on('error', (error) => fail('unreachable', error.message));
  socket.on('message', (octets) => {
    try {
      const message = decodeMessage(octets);
      const mismatch = mismatchOf(query, message);
      if (mismatch === null) {
        verify(octets);
        resolve({ message, octets, from: here, elapsedMs: performance.now() - begun });
      } else if (++mismatches >= MISMATCHES_MAX) fail('mismatched', mismatch);
    } catch (error) {
      if (error instanceof TsigError) return fail('unverified', error.message);
      // Octets that are no message are dropped as a forgery would be; those that carry our id are the server's own fault.
      const isOurs = octets.length >= 2 && octets.readUInt16BE(0) === query.id;
      if (isOurs) fail('malformed', (error as Error).message);
    }
  });
  socket.bind(0, from, () => {
    socket.connect(to.port, to.address, (error?: Error) => {
      if (error !== undefined) return fail('unreachable', error.message);
      here = { address: from, port: socket.address().port };
      onSent?.(here, outgoing);
      socket.send(outgoing, (fault) => {
        if (fault !== null) fail('unreachable', fault.message);
      });
    });
  });
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return promise.finally(() => {
    patience.end();
    signal.removeEventListener('abort', onAbort);
    socket.close();
  });
}

/** Asks over TCP and takes the first reply. @throws AskError */
export async function askTcp(ask: Ask): Promise<Reply> {
  const begun = performance.now();
  let first: Reply | undefined;
  await converse(ask, (message, octets, from) => {
    first = { message, octets, from, elapsedMs: performance.now() - begun };
    return true;
  });
  return first!;
}

/**
 * Asks over TCP and gives `take` every message of the reply until it says that the last one has come. `timeoutMs` is the
 * time for all of them.
 *
 * @throws AskError, and what `take` throws
 */
export function converse(
  { query, to, from, timeoutMs, signal, key, onSent }: Ask,
  take: (message: Message, octets: Uint8Array, from: Endpoint) => boolean,
): Promise<void> {
  const { octets: outgoing, verify, settle } = prepare(query, key);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const frames = new FrameReader();
  const socket = connect({ host: to.address, port: to.port, localAddress: from });
  const fail = (failure: AskFailure, detail: string) => reject(new AskError(failure, detail));
  const onAbort = () => fail('closed', 'the program stops');
  const patience = new Patience(timeoutMs, () =>
    fail('timeout', `no complete reply from ${to.address} in ${timeoutMs} ms`),
  );

  socket.on('connect', () => {
    onSent?.({ address: from, port: socket.localPort ?? 0 }, outgoing);
    socket.write(encodeFrame(outgoing));
  });
  socket.on('error', (error) => fail('unreachable', error.message));
  socket.on('close', () => fail('unreachable', `${to.address} closed the connection`));
  socket.on('data', (octets: Buffer) => {
    const here = { address: from, port: socket.localPort ?? 0 };
    try {
      for (const frame of frames.push(octets)) {
        const message = decodeMessage(frame);
        if (!isOfReply(query, message)) return fail('mismatched', 'the reply is to another query');
        verify(frame);
        if (take(message, frame, here)) {
          settle();
          return resolve();
        }
      }
    } catch (error) {
      if (error instanceof TsigError) fail('unverified', error.message);
      else if (error instanceof ProtocolViolation) fail('malformed', error.message);
      else reject(error);
    }
  });
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return promise.finally(() => {
    patience.end();
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  });
}

/** What goes, and what looks at the signatures of what comes. Both throw TsigError. */
interface Prepared {
  readonly octets: Uint8Array;
  /** Takes the next message of the reply. */
  verify(octets: Uint8Array): void;
  /** The last one has come. */
  settle(): void;
}

function prepare(query: Message, key: TsigKey | undefined): Prepared {
  const octets = encodeMessage(query);
  if (key === undefined) return { octets, verify: () => {}, settle: () => {} };
  // The machine's time: the lab's clock may be months ahead, and the other side need not share it.
  const nowS = () => Math.floor(Date.now() / 1000);
  const signed = signRequest(octets, key, nowS(), tsigHmac);
  const verifier = new ReplyVerifier(key, signed.mac, tsigHmac);
  return {
    octets: signed.octets,
    verify: (reply) => verifier.verify(reply, nowS()),
    settle: () => {
      if (!verifier.isSettled) throw new TsigError('the last message of the reply is not signed');
    },
  };
}

/** The later messages of a zone transfer need not repeat the question (RFC 5936, section 2.2.1). */
function isOfReply(query: Message, message: Message): boolean {
  if (message.qr && message.id === query.id && message.question.length === 0) return true;
  return mismatchOf(query, message) === null;
}
