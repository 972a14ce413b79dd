import { randomUUID } from 'node:crypto';
import { fieldValue, withoutFields } from '#shared/http/fields.ts';
import { evaluateForCache } from '#shared/http/preconditions.ts';
import type { CacheStatus } from '../protocol/cache-status.ts';
import { forwardedFields } from '../protocol/forwarding.ts';
import { invalidatedKeys } from '../protocol/invalidation.ts';
import { mayStore, type StoreDecision, toStore } from '../protocol/may-store.ts';
import { freshen, judgeHead, validatorsOf } from '../protocol/validation.ts';
import { selectVariant } from '../protocol/vary.ts';
import type { AnswerHead } from './client-exchange.ts';
import type { OriginAnswer } from './origin-client.ts';
import { type Asking, askOrigin, beginFlight, type Passage } from './passage.ts';
import { type Relayed, relayBody } from './relay-body.ts';

/** Fields that describe a body, for which a 304 has no use (RFC 9110, section 15.4.5). */
const BODY_FIELDS: ReadonlySet<string> = new Set(['content-length', 'content-type', 'content-range']);

/** Asks the origin and passes its answer on. @throws OriginFailure before anything has been sent */
export async function fetchFromOrigin(passage: Passage, asking: Asking): Promise<void> {
  const land = beginFlight(passage, asking.reason);
  try {
    passage.client.cache.counters.misses += 1;
    await relay(passage, await askOrigin(passage, asking), asking, land);
  } finally {
    land();
  }
}

/**
 * Passes an answer of the origin to the client, and keeps a copy where that is allowed.
 *
 * @param land called as soon as it is known that there will be no copy: who waits for one then goes on.
 */
export async function relay(passage: Passage, answer: OriginAnswer, asking: Asking, land: () => void): Promise<void> {
  const { client, request } = passage;
  const { store, config, recording } = client.cache;
  await forgetOutdated(passage, answer);
  const decision = decideStoring(passage, answer);
  if (!decision.store) land();
  const because = `${asking.because}; ${decision.because}`;
  const known = isKnownToClient(passage, answer, asking);
  const told: CacheStatus = {
    hit: false,
    forward: asking.reason,
    forwardStatus: known ? answer.head.status : undefined,
    stored: decision.store,
    collapsed: passage.collapsed,
    because,
  };
  const head = headForClient(answer, known);
  const fields = client.sendHead(head, told);
  if (known) client.response.end();
  const record = decision.store ? { octetsMax: config.OBJECT_BYTES, budget: recording } : null;
  const body = await relayBody(answer.message, known ? null : client.response, record);
  const current = client.cache.changes === passage.changes;
  if (body.recorded !== null && current && hasItsLength(answer, body)) {
    await store.put(toStore(request, answer.head, randomUUID(), body.octets), body.recorded);
  }
  countOctets(passage, answer, body);
  const whole = known || body.complete;
  client.answered(
    head.status,
    fields,
    known ? 0 : body.octets,
    whole ? because : `${because}; it broke off before its end`,
  );
}

/** Reads an answer whose body nobody wants. */
export async function consume(passage: Passage, answer: OriginAnswer): Promise<void> {
  countOctets(passage, answer, await relayBody(answer.message, null, null));
}

function decideStoring({ client, request }: Passage, answer: OriginAnswer): StoreDecision {
  const { OBJECT_BYTES } = client.cache.config;
  const decision = mayStore(request, answer.head);
  const octets = Number(fieldValue(answer.head.fields, 'Content-Length') ?? 0);
  if (!decision.store || octets <= OBJECT_BYTES) return decision;
  return { store: false, because: `with ${octets} octets it is longer than what is stored` };
}

/** The client's own condition, held against the version that the origin sent in answer to ours. */
function isKnownToClient({ client, request }: Passage, answer: OriginAnswer, asking: Asking): boolean {
  if (asking.fields === request.fields || answer.head.status !== 200) return false;
  const now = client.cache.host.clock.now();
  return evaluateForCache(request.method, request.fields, validatorsOf(answer.head), now).kind === 'not-modified';
}

function headForClient(answer: OriginAnswer, known: boolean): AnswerHead {
  const { status, reason } = answer.head;
  const fields = forwardedFields(answer.head.fields);
  return known
    ? { status: 304, reason: 'Not Modified', fields: withoutFields(fields, BODY_FIELDS) }
    : { status, reason, fields };
}

/** What the exchange shows to be out of date: by a change at the origin, or by the answer to HEAD (RFC 9111, sections 4.4 and 4.3.5). */
async function forgetOutdated({ client, request }: Passage, answer: OriginAnswer): Promise<void> {
  const { store } = client.cache;
  for (const key of invalidatedKeys(request, answer.head)) {
    client.cache.changes += 1;
    await store.remove(key);
  }
  if (request.method !== 'HEAD' || answer.head.status !== 200) return;
  const head = selectVariant(await store.heads(request.key), request.fields);
  if (head === null) return;
  if (judgeHead(head, answer.head) === 'freshen') await store.replaceHead(freshen(head, answer.head));
  else await store.remove(request.key);
}

function hasItsLength(answer: OriginAnswer, body: Relayed): boolean {
  const promised = fieldValue(answer.head.fields, 'Content-Length');
  return promised === undefined || Number(promised) === body.octets;
}

function countOctets({ client }: Passage, answer: OriginAnswer, body: Relayed): void {
  client.cache.counters.octetsFromOrigins += body.octets;
  answer.came(body.octets);
}
