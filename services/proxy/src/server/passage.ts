import { type Fields, fieldValue, hasField, withoutFields } from '#shared/http/fields.ts';
import type { Authority } from '#shared/http/request-target.ts';
import type { ForwardReason } from '../protocol/choose-reuse.ts';
import { requestToOrigin } from '../protocol/forwarding.ts';
import { type CacheRequest, isSafe } from '../protocol/stored-response.ts';
import type { ClientExchange } from './client-exchange.ts';
import type { OriginAnswer } from './origin-client.ts';

/** A request on its way through the cache. */
export interface Passage {
  readonly client: ClientExchange;
  readonly authority: Authority;
  readonly path: string;
  readonly request: CacheRequest;
  /** `changes` of the cache when the store was looked into. */
  readonly changes: number;
  /** Whether it has waited for the answer to somebody else's request. */
  readonly collapsed: boolean;
}

/** What the origin is asked, and why. */
export interface Asking {
  readonly fields: Fields;
  readonly reason: ForwardReason;
  readonly because: string;
}

/** With one of these a request wants more than any copy: its answer is of no use to others. */
const PARTICULAR = ['Range', 'If-None-Match', 'If-Modified-Since', 'If-Match', 'If-Unmodified-Since', 'Authorization'];
const SHAREABLE: ReadonlySet<ForwardReason> = new Set(['uri-miss', 'vary-miss', 'stale']);
/** Taken out where no body waits for a 100. */
const EXPECTATION: ReadonlySet<string> = new Set(['expect']);

/** Whether this request may wait for what another one brings: it must be able to use any answer that may be stored. */
export function mayShareFlight({ request }: Passage, reason: ForwardReason): boolean {
  return (
    SHAREABLE.has(reason) && request.method === 'GET' && !PARTICULAR.some((name) => hasField(request.fields, name))
  );
}

/** Lets others wait for this request's answer, if it can serve them. Returns what ends their wait. */
export function beginFlight(passage: Passage, reason: ForwardReason): () => void {
  if (!mayShareFlight(passage, reason)) return () => {};
  return passage.client.cache.flights.begin(passage.request.key);
}

/** Asks the origin. @throws OriginFailure */
export function askOrigin({ client, authority, path, request }: Passage, asking: Asking): Promise<OriginAnswer> {
  const { cache, head, message, exchange } = client;
  const waits = client.waitsForContinue && request.hasBody;
  const fields = waits ? asking.fields : withoutFields(asking.fields, EXPECTATION);
  return cache.origins.ask({
    method: request.method,
    authority,
    path,
    fields: requestToOrigin(fields, authority, head.httpVersion, cache.pseudonym),
    framing: framingOf(request),
    body: request.hasBody ? message : null,
    onContinue: waits ? () => client.response.writeContinue() : undefined,
    cause: exchange,
    because: asking.because,
  });
}

/** How the body of a request is framed toward the origin: as it came (RFC 9112, section 6). */
function framingOf(request: CacheRequest): Fields {
  if (!request.hasBody) return isSafe(request.method) || request.method === 'DELETE' ? [] : [['Content-Length', '0']];
  const length = fieldValue(request.fields, 'Content-Length');
  return length === undefined ? [['Transfer-Encoding', 'chunked']] : [['Content-Length', length]];
}
