import type { Fields } from '#shared/http/fields.ts';
import type { Accepted, Refusal, RequestHead } from '#shared/http/request-guard.ts';
import type { Ends } from '../reports.ts';
import type { BodySource } from './body-source.ts';

/** The head of an answer to a client. */
export interface AnswerHead {
  readonly status: number;
  readonly reason: string;
  /** Without the framing, which is the connection's: Content-Length only where no body follows (HEAD, 304). */
  readonly fields: Fields;
  /** The version by which it came, where it came from an origin. */
  readonly httpVersion?: string | undefined;
}

/** One request of a client and the answer to it, as its connection sees them: the proxy as a server. */
export interface ClientAnswer {
  readonly head: RequestHead;
  /** What the guard says of the head. */
  readonly judged: Accepted | Refusal;
  /** Null when the request has none. Reading it before a 100 waits, where the client waits for one. */
  readonly body: BodySource | null;
  /** Whether the client waits for a 100 before it sends its body (RFC 9110, section 10.1.1). */
  readonly waitsForContinue: boolean;
  /** Addresses of the two ends of the connection, for reports. */
  readonly ends: Ends;
  readonly headSent: boolean;
  /** Whether nobody is left to read the answer. */
  readonly isGone: boolean;
  /** The head of the request, one character for each octet, where the same words may come again on a connection; otherwise null. */
  readonly repeatable: string | null;
  /** Called once, when the client has left before the answer's end. */
  onGone(listener: () => void): void;
  /** A 1xx; nothing is sent to HTTP/1.0. */
  sendInformation(status: number, fields: Fields): void;
  /**
   * Sends the head. `length`: of the body that follows; null when unknown (chunked, or until close to HTTP/1.0); `none` when
   * no body follows whatever the fields say. `Connection: close` among the fields ends the connection after the answer; so
   * does a request's body that nobody has read, of which the next request could be forged.
   */
  sendHead(head: AnswerHead, length: number | null | 'none'): void;
  /** Resolves when there is room for more; false: the client is gone. */
  write(octets: Uint8Array): Promise<boolean>;
  end(trailers?: Fields): void;
  /** Ends the connection in a way that shows the client that octets are missing (RFC 9112, section 8). */
  breakOff(): void;
}
