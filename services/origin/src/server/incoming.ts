import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Fields } from '#shared/http/fields.ts';
import type { Refusal, RequestHead } from '#shared/http/request-guard.ts';
import type { Ends } from '../reports.ts';

/** One request on its way to an answer, the same over HTTP/1.x and HTTP/2. */
export interface Incoming {
  readonly head: RequestHead;
  /** Why it is no request at all, where only its version of HTTP can tell. */
  readonly refusal: Refusal | null;
  readonly ends: Ends;
  /** Whether it came over TLS. */
  readonly secure: boolean;
  /** Whether octets of a body may still come. */
  readonly isBodyLeft: boolean;
  /** The body as it comes; a client that waits for 100 (Continue) gets it now. Ends with an error when the body breaks off. */
  body(): AsyncIterable<Uint8Array>;
  /** Reads what is left of the body and forgets it, for a moment: so that a client that still sends can read its answer. */
  discardBody(): Promise<void>;
  readonly reply: Reply;
}

/** The way back. */
export interface Reply {
  /** Whether nobody is left who could read. */
  readonly isGone: boolean;
  readonly hasBegun: boolean;
  begin(status: number, reason: string, fields: Fields): void;
  /** Resolves when there is room for more. @throws Error when the client went away, or reads nothing for too long */
  write(octets: Uint8Array): Promise<void>;
  /** Sends the last octets at once; resolves when they have been handed over. */
  end(octets: Uint8Array): Promise<void>;
  /** Ends it so that the client sees that octets are missing. */
  breakOff(): void;
}

/** How long a client may read nothing while octets wait for it, in milliseconds. */
const STALL_MS = 30_000;

/** What both kinds of responses can tell. */
export interface Drains {
  readonly destroyed: boolean;
  on(event: 'drain' | 'close', listener: () => void): unknown;
  off(event: 'drain' | 'close', listener: () => void): unknown;
}

/** Waits until a full response takes more. @throws Error */
export function drained(response: Drains): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (because: string | null) => {
      clearTimeout(timer);
      response.off('drain', onDrain);
      response.off('close', onClose);
      if (because === null) resolve();
      else reject(new Error(because));
    };
    const onDrain = () => settle(null);
    const onClose = () => settle('the client went away');
    const timer = setTimeout(() => settle(`the client has read nothing for ${STALL_MS} ms`), STALL_MS);
    response.on('drain', onDrain);
    response.on('close', onClose);
    if (response.destroyed) onClose();
  });
}

/** Waits until the last octets of a response have been handed over. @throws Error as `drained` does */
export async function handedOver(response: Writable, stallMs = STALL_MS): Promise<void> {
  const because = `the client has read nothing for ${stallMs} ms`;
  const late = setTimeout(() => response.destroy(new Error(because)), stallMs);
  try {
    await finished(response, { readable: false });
  } finally {
    clearTimeout(late);
  }
}
