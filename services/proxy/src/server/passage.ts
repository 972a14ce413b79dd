import { type Fields, hasField, withoutFields } from '#shared/http/fields.ts';
import type { Authority } from '#shared/http/request-target.ts';
import type { ForwardReason } from '../protocol/choose-reuse.ts';
import { forwardedFields, requestToOrigin } from '../protocol/forwarding.ts';
import type { CacheRequest } from '../protocol/stored-response.ts';
import type { ClientExchange } from './client-exchange.ts';
import type { OriginAnswer } from './origin-client.ts';

/** A request on its way through the cache. */
export interface Passage {
  readonly client: ClientExchange;
  readonly authority: Authority;
  readonly path: string;
  readonly request: CacheRequest;
  /** How often what is under this key had been declared out of date when the store was looked into. */
  readonly removals: number;
  /** Why it would have gone to the origin, when it waited for the answer to somebody else's request instead; else null. */
  readonly waitedFor: ForwardReason | null;
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
/** A 1xx has no body and so no length: another reader would look for one (RFC 9110, section 8.6). */
const BODY_LENGTH: ReadonlySet<string> = new Set(['content-length']);
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
  const { cache, head, answer, exchange } = client;
  const fields = answer.waitsForContinue ? asking.fields : withoutFields(asking.fields, EXPECTATION);
  return cache.origins.ask({
    method: request.method,
    authority,
    path,
    fields: requestToOrigin(fields, authority, head.httpVersion, cache.pseudonym),
    body: answer.body,
    waitsForContinue: answer.waitsForContinue,
    onInformation: (status, told) => informClient(client, status, told),
    cause: exchange,
    because: asking.because,
  });
}

/** Asks the origin for the store's own sake: nobody waits for the answer. @throws OriginFailure */
export function askAlone(passage: Passage, fields: Fields, because: string): Promise<OriginAnswer> {
  const { client, authority, path } = passage;
  const { cache, head, exchange } = client;
  return cache.origins.ask({
    method: 'GET',
    authority,
    path,
    fields: requestToOrigin(withoutFields(fields, EXPECTATION), authority, head.httpVersion, cache.pseudonym),
    body: null,
    waitsForContinue: false,
    onInformation: () => {},
    cause: exchange,
    because,
  });
}

/** RFC 9110, section 15.2: 1xx responses are passed on; a 100 only to who waits for it. */
function informClient({ answer }: ClientExchange, status: number, fields: Fields): void {
  if (status === 100 && !answer.waitsForContinue) return;
  answer.sendInformation(status, withoutFields(forwardedFields(fields), BODY_LENGTH));
}
