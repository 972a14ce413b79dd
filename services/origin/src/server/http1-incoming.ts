import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import { TLSSocket } from 'node:tls';
import type { Host } from '#shared/host/host.ts';
import { type Fields, fieldsFromRaw, hasField, rawFromFields } from '#shared/http/fields.ts';
import { hasBody, type RequestHead } from '#shared/http/request-guard.ts';
import { LINGER_MS } from '#shared/http/server-limits.ts';
import { type Ends, endsOf } from '../reports.ts';
import { drained, handedOver, type Incoming, type Reply } from './incoming.ts';

/** A request of HTTP/1.0 or HTTP/1.1, as Node's parser has read it. */
export class Http1Incoming implements Incoming {
  readonly head: RequestHead;
  readonly refusal = null;
  readonly ends: Ends;
  readonly secure: boolean;
  readonly reply: Reply;
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #hasBody: boolean;
  #waitsForContinue: boolean;

  constructor(host: Host, message: IncomingMessage, response: ServerResponse) {
    this.head = headOf(message);
    this.ends = endsOf(host, message.socket);
    this.secure = message.socket instanceof TLSSocket;
    this.reply = new Http1Reply(response);
    this.#message = message;
    this.#response = response;
    this.#hasBody = hasBody(this.head.fields);
    this.#waitsForContinue = message.httpVersion === '1.1' && hasField(this.head.fields, 'Expect');
    message.on('error', () => {});
  }

  get isBodyLeft(): boolean {
    return this.#hasBody && !this.#message.readableEnded;
  }

  async *body(): AsyncGenerator<Uint8Array> {
    if (this.#waitsForContinue) this.#response.writeContinue();
    this.#waitsForContinue = false;
    for await (const octets of this.#message.iterator({ destroyOnReturn: false })) yield octets as Uint8Array;
  }

  async discardBody(): Promise<void> {
    // Who waits for 100 (Continue) and gets another answer sends no body.
    if (this.#waitsForContinue || !this.isBodyLeft || this.#message.destroyed) return;
    this.#message.resume();
    await finished(this.#message, { signal: AbortSignal.timeout(LINGER_MS) }).catch(() => {});
  }
}

export function headOf({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage): RequestHead {
  return { method, target: url, httpVersion, fields: fieldsFromRaw(rawHeaders) };
}

class Http1Reply implements Reply {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on('error', () => {});
  }

  get isGone(): boolean {
    return this.#response.destroyed;
  }

  get hasBegun(): boolean {
    return this.#response.headersSent;
  }

  begin(status: number, reason: string, fields: Fields): void {
    this.#response.sendDate = false;
    this.#response.writeHead(status, reason, rawFromFields(fields));
  }

  async write(octets: Uint8Array): Promise<void> {
    if (this.#response.destroyed) throw new Error('the client went away');
    if (!this.#response.write(octets)) await drained(this.#response);
  }

  async end(octets: Uint8Array): Promise<void> {
    this.#response.end(octets);
    await handedOver(this.#response);
  }

  breakOff(): void {
    this.#response.destroy();
  }
}
