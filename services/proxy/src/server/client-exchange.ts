import type { IncomingMessage, ServerResponse } from 'node:http';
import { EXCHANGE_FIELD, parseExchange } from '#shared/exchange.ts';
import {
  type Fields,
  fieldLines,
  fieldsFromRaw,
  fieldValue,
  hasField,
  isFieldValue,
  withField,
} from '#shared/http/fields.ts';
import { formatHttpDate } from '#shared/http/http-date.ts';
import { hasBody, type RequestHead } from '#shared/http/request-guard.ts';
import { reasonPhrase } from '#shared/http/status.ts';
import { messagePage } from '../page/message-page.ts';
import { type CacheStatus, formatCacheStatus } from '../protocol/cache-status.ts';
import { addVia } from '../protocol/forwarding.ts';
import { type Ends, endsOf, tellClientRequest, tellClientResponse } from '../reports.ts';
import type { WebCache } from './web-cache.ts';

/** The head of an answer to a client. */
export interface AnswerHead {
  readonly status: number;
  readonly reason: string;
  readonly fields: Fields;
}

/** One request of a client and the answer that it waits for: the proxy as a server. */
export class ClientExchange {
  readonly cache: WebCache;
  readonly head: RequestHead;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  /** The exchange that the client named, otherwise a new one: the cause of what the proxy asks for it. */
  readonly exchange: string;
  /** Whether the client waits for a 100 before it sends its body. */
  readonly waitsForContinue: boolean;
  readonly #ends: Ends;

  constructor(cache: WebCache, message: IncomingMessage, response: ServerResponse, waitsForContinue: boolean) {
    const { method = '', url = '', httpVersion, rawHeaders } = message;
    this.cache = cache;
    this.head = { method, target: url, httpVersion, fields: fieldsFromRaw(rawHeaders) };
    this.message = message;
    this.response = response;
    this.waitsForContinue = waitsForContinue;
    this.exchange = parseExchange(fieldLines(this.head.fields, EXCHANGE_FIELD)[0]) ?? cache.host.newExchange();
    this.#ends = endsOf(cache.host, message.socket);
    response.sendDate = false;
    cache.counters.requests += 1;
    tellClientRequest(cache.host, this.#ends, this.exchange, this.head);
  }

  get isGone(): boolean {
    return this.response.destroyed;
  }

  /** Sends the head of an answer that has been somewhere: with Via, Cache-Status and, where it is missing, Date. */
  sendHead({ status, reason, fields }: AnswerHead, told: CacheStatus): Fields {
    const { pseudonym, host } = this.cache;
    const before = fieldValue(fields, 'Cache-Status');
    const own = formatCacheStatus(pseudonym, told);
    const dated = hasField(fields, 'Date') ? fields : withField(fields, 'Date', formatHttpDate(host.clock.now()));
    const traced = addVia(dated, '1.1', pseudonym);
    const all = withField(traced, 'Cache-Status', before === undefined ? own : `${before}, ${own}`);
    const complete = this.#bodyIsUnread ? withField(all, 'Connection', 'close') : all;
    this.response.writeHead(status, isFieldValue(reason) ? reason : reasonPhrase(status), complete.flat());
    return complete;
  }

  /** Sends an answer whose octets are all here. */
  sendWhole(head: AnswerHead, body: Uint8Array | null, told: CacheStatus): void {
    const fields = this.sendHead(head, told);
    this.response.end(body ?? undefined);
    this.answered(head.status, fields, body?.length ?? 0, told.because);
  }

  /** The proxy's own answer: a status, a sentence, and fields that belong to them. */
  say(status: number, because: string, more: Fields = []): void {
    const { cache, response } = this;
    cache.counters.refused += 1;
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const page = Buffer.from(messagePage(status, reasonPhrase(status), because, cache.pseudonym), 'utf8');
    const close: Fields = this.#bodyIsUnread && !hasField(more, 'Connection') ? [['Connection', 'close']] : [];
    this.sendOwn(status, 'text/html; charset=utf-8', page, because, [...more, ...close]);
  }

  /** Sends a document of the proxy itself. */
  sendOwn(status: number, mediaType: string, body: Uint8Array, because: string, more: Fields = []): void {
    const fields: Fields = [
      ['Date', formatHttpDate(this.cache.host.clock.now())],
      ['Content-Type', mediaType],
      ['Content-Length', String(body.length)],
      ...more,
    ];
    const withBody = this.head.method !== 'HEAD';
    this.response.writeHead(status, reasonPhrase(status), fields.flat());
    this.response.end(withBody ? body : undefined);
    this.answered(status, fields, withBody ? body.length : 0, because);
  }

  /** What is left of a body would be taken for the next request: the connection must close then. */
  get #bodyIsUnread(): boolean {
    return hasBody(this.head.fields) && !this.message.complete;
  }

  answered(status: number, fields: Fields, octets: number, because: string): void {
    this.cache.counters.octetsToClients += octets;
    tellClientResponse(this.cache.host, this.#ends, this.exchange, status, fields, octets, because);
  }
}
