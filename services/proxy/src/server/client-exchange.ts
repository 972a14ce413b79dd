import { EXCHANGE_FIELD, parseExchange } from '#shared/exchange.ts';
import type { Host } from '#shared/host/host.ts';
import {
  type Field,
  type Fields,
  fieldLines,
  fieldValue,
  hasField,
  isFieldValue,
  withField,
} from '#shared/http/fields.ts';
import { formatHttpDate } from '#shared/http/http-date.ts';
import type { RequestHead } from '#shared/http/request-guard.ts';
import { reasonPhrase } from '#shared/http/status.ts';
import { chooseLanguage } from '#shared/page/language.ts';
import { messagePage } from '../page/message-page.ts';
import { type CacheStatus, formatCacheStatus } from '../protocol/cache-status.ts';
import { addVia } from '../protocol/forwarding.ts';
import { type Ends, tellClientRequest, tellClientResponse } from '../reports.ts';
import type { AnswerHead, ClientAnswer } from './client-answer.ts';
import type { OriginFailure } from './origin-failure.ts';
import type { HitSource, ToldHit } from './ready-answers.ts';
import type { WebCache } from './web-cache.ts';

/** Of each page of the proxy's own: it is of this moment and of this reader, and runs nothing. */
const PAGE_FIELDS: Fields = [
  ['Cache-Control', 'no-store'],
  ['Vary', 'Accept-Language'],
  ['Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'"],
];

/** Reports of one hit: the request and the response. */
const HIT_REPORTS = 2;

/** One request of a client on its way through the proxy: what it is answered, in words and in reports. */
export class ClientExchange {
  readonly cache: WebCache;
  readonly answer: ClientAnswer;
  /** The exchange that the client named, otherwise a new one: the cause of what the proxy asks for it. */
  readonly exchange: string;

  constructor(cache: WebCache, answer: ClientAnswer) {
    this.cache = cache;
    this.answer = answer;
    this.exchange = exchangeOf(cache.host, answer.head);
    cache.counters.requests += 1;
    tellClientRequest(cache.host, answer.ends, this.exchange, answer.head);
  }

  get head(): RequestHead {
    return this.answer.head;
  }

  /** Sends the head of an answer that has been somewhere: with Via, Cache-Status and, where it is missing, Date. */
  sendHead(
    { status, reason, fields, httpVersion = '1.1' }: AnswerHead,
    length: number | null | 'none',
    told: CacheStatus,
  ): Fields {
    const { pseudonym, host } = this.cache;
    const dated = hasField(fields, 'Date') ? fields : withField(fields, 'Date', formatHttpDate(host.clock.now()));
    const all = tracedFields(dated, httpVersion, pseudonym, told);
    this.answer.sendHead({ status, reason: isFieldValue(reason) ? reason : reasonPhrase(status), fields: all }, length);
    return all;
  }

  /** Sends an answer whose octets are all here; null when none follow. */
  sendWhole(head: AnswerHead, body: Uint8Array | null, told: CacheStatus): void {
    const fields = this.sendHead(head, body === null ? 'none' : body.length, told);
    if (body !== null) void this.answer.write(body);
    this.answer.end();
    this.answered(head.status, fields, body?.length ?? 0, told.because);
  }

  /** Sends a hit whose octets are all in memory; the next client who asks in the same words gets it by the hit path. */
  sendHit(head: AnswerHead, body: Uint8Array | null, told: CacheStatus, hit: HitSource): void {
    this.sendWhole(head, body, told);
    const text = this.answer.repeatable;
    if (text === null) return;
    this.cache.ready.keep({ ...hit, text, head: this.head, bodyOctets: body?.length ?? null }, this.cache);
  }

  /** The proxy's own answer: a status, a sentence, fields that belong to them, and what failed at an origin. */
  say(status: number, because: string, more: Fields = [], failure?: OriginFailure): void {
    const { cache } = this;
    cache.counters.refused += 1;
    if (this.answer.headSent) {
      this.answer.breakOff();
      return;
    }
    const acceptLanguage = fieldValue(this.head.fields, 'Accept-Language');
    const language = chooseLanguage({ cookie: undefined, acceptLanguage });
    const page = messagePage({ status, because, proxy: cache.pseudonym, language, failure });
    const cacheStatus = failure === undefined ? [] : [statusOfOwn(cache.pseudonym, because)];
    const told = [...more, ...cacheStatus, ...PAGE_FIELDS, ['Content-Language', language] as const];
    this.sendOwn(status, 'text/html; charset=utf-8', Buffer.from(page, 'utf8'), because, told);
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
    this.answer.sendHead({ status, reason: reasonPhrase(status), fields }, withBody ? body.length : 'none');
    if (withBody) void this.answer.write(body);
    this.answer.end();
    this.answered(status, fields, withBody ? body.length : 0, because);
  }

  /** Tells the observatory what the client was answered. */
  answered(status: number, fields: Fields, octets: number, because: string): void {
    this.cache.counters.octetsToClients += octets;
    tellClientResponse(this.cache.host, this.answer.ends, this.exchange, status, fields, octets, because);
  }
}

/** The fields of an answer that has passed here: with Via and Cache-Status (RFC 9110, section 7.6.3; RFC 9211, section 2). */
export function tracedFields(fields: Fields, httpVersion: string, pseudonym: string, told: CacheStatus): Fields {
  const before = fieldValue(fields, 'Cache-Status');
  const own = formatCacheStatus(pseudonym, told);
  return withField(
    addVia(fields, httpVersion, pseudonym),
    'Cache-Status',
    before === undefined ? own : `${before}, ${own}`,
  );
}

/** RFC 9211, section 2: an answer that is this cache's own says so, too. */
export function statusOfOwn(cache: string, because: string): Field {
  return ['Cache-Status', formatCacheStatus(cache, { hit: false, because })];
}

function exchangeOf(host: Host, head: RequestHead): string {
  return parseExchange(fieldLines(head.fields, EXCHANGE_FIELD)[0]) ?? host.newExchange();
}

/** What is counted and told of an answer by the hit path: the same as of any other. */
export function tellHit(cache: WebCache, { ends }: { readonly ends: Ends }, hit: ToldHit): void {
  const { counters, host } = cache;
  counters.requests += 1;
  counters.hits += 1;
  counters.octetsToClients += hit.bodyOctets;
  if (!host.hasRoomForReports()) {
    host.leaveOutReports(HIT_REPORTS);
    return;
  }
  const { head, status, fields, bodyOctets, because } = hit;
  const exchange = exchangeOf(host, head);
  tellClientRequest(host, ends, exchange, head);
  tellClientResponse(host, ends, exchange, status, fields, bodyOctets, because);
}
