import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Stream } from 'node:http2';
import { constants } from 'node:http2';
import type { Socket } from 'node:net';
import type { Host } from '#shared/host/host.ts';
import { type Fields, fieldsFromRaw, hasField, withoutFields } from '#shared/http/fields.ts';
import type { Refusal, RequestHead } from '#shared/http/request-guard.ts';
import { REQUEST_TIMEOUT_MS } from '#shared/http/server-limits.ts';
import { CONNECTION_FIELDS, requestOfHttp2 } from '../protocol/guard-http2.ts';
import { type Ends, endsOf } from '../reports.ts';
import { drained, handedOver, type Incoming, type Reply } from './incoming.ts';

/** A request of HTTP/2: one stream of a connection that carries many. */
export class Http2Incoming implements Incoming {
  readonly head: RequestHead;
  readonly refusal: Refusal | null;
  readonly ends: Ends;
  readonly secure = true;
  readonly reply: Reply;
  readonly #stream: ServerHttp2Stream;
  #waitsForContinue: boolean;

  constructor(host: Host, request: Http2ServerRequest, response: Http2ServerResponse) {
    const read = requestOfHttp2(fieldsFromRaw(request.rawHeaders));
    const isHead = !('kind' in read);
    this.head = isHead ? read : { method: request.method, target: request.url, httpVersion: '2', fields: [] };
    this.refusal = isHead ? null : read;
    this.ends = endsOf(host, request.stream.session?.socket ?? (request.socket as Socket));
    this.#stream = response.stream as ServerHttp2Stream;
    this.#waitsForContinue = hasField(this.head.fields, 'Expect');
    this.reply = new Http2Reply(this.#stream, () => this.isBodyLeft);
    request.on('error', () => {});
    this.#endLateBody();
  }

  get isBodyLeft(): boolean {
    return !this.#stream.endAfterHeaders && !this.#stream.readableEnded;
  }

  async *body(): AsyncGenerator<Uint8Array> {
    if (this.#waitsForContinue) this.#stream.additionalHeaders({ ':status': 100 });
    this.#waitsForContinue = false;
    for await (const octets of this.#stream.iterator({ destroyOnReturn: false })) yield octets as Uint8Array;
    if (this.#stream.aborted) throw new Error('the body broke off');
  }

  /** RFC 9113, section 8.1: the stream is closed without an error after the answer; other streams go on. */
  async discardBody(): Promise<void> {}

  /** HTTP/1.1 has a deadline for the whole request; here it is one for each stream. */
  #endLateBody(): void {
    if (!this.isBodyLeft) return;
    const late = setTimeout(() => {
      if (this.isBodyLeft) this.#stream.close(constants.NGHTTP2_CANCEL);
    }, REQUEST_TIMEOUT_MS);
    this.#stream.once('close', () => clearTimeout(late));
  }
}

class Http2Reply implements Reply {
  readonly #stream: ServerHttp2Stream;
  readonly #isBodyLeft: () => boolean;

  constructor(stream: ServerHttp2Stream, isBodyLeft: () => boolean) {
    this.#stream = stream;
    this.#isBodyLeft = isBodyLeft;
  }

  get isGone(): boolean {
    return this.#stream.destroyed;
  }

  get hasBegun(): boolean {
    return this.#stream.headersSent;
  }

  begin(status: number, _reason: string, fields: Fields): void {
    if (this.#stream.destroyed) return;
    const kept = withoutFields(fields, CONNECTION_FIELDS);
    this.#stream.respond([':status', String(status), ...kept.flatMap(([name, value]) => [name.toLowerCase(), value])]);
  }

  async write(octets: Uint8Array): Promise<void> {
    if (this.#stream.destroyed) throw new Error('the client went away');
    if (!this.#stream.write(octets)) await drained(this.#stream);
  }

  async end(octets: Uint8Array): Promise<void> {
    this.#stream.end(octets);
    await handedOver(this.#stream);
    if (this.#isBodyLeft()) this.#stream.close(constants.NGHTTP2_NO_ERROR);
  }

  breakOff(): void {
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }
}
