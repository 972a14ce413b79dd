import { withoutFields } from '#shared/http/fields.ts';
import { evaluateForCache } from '#shared/http/preconditions.ts';
import type { CacheStatus } from '../protocol/cache-status.ts';
import { forwardedFields } from '../protocol/forwarding.ts';
import { currentAge, freshnessLifetime } from '../protocol/freshness.ts';
import type { StoredHead } from '../protocol/stored-response.ts';
import { validatorsOf } from '../protocol/validators.ts';
import type { AnswerHead } from './client-answer.ts';
import { forgetNominated, forgetOutdated } from './forget-outdated.ts';
import type { OriginAnswer } from './origin-client.ts';
import { type Asking, askOrigin, beginFlight, type Passage } from './passage.ts';
import { recordEntry } from './record-entry.ts';
import { type Relayed, relayBody } from './relay-body.ts';
import type { WebCache } from './web-cache.ts';

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
 * @param land called as soon as who waits for a copy can go on: there is one to read, or there will be none.
 * @param nominated what the origin was asked about.
 */
export async function relay(
  passage: Passage,
  answer: OriginAnswer,
  asking: Asking,
  land: () => void,
  nominated: StoredHead | null = null,
): Promise<void> {
  const { client, request } = passage;
  const { cache } = client;
  await forgetOutdated(passage, answer.head);
  const record = await recordEntry({ ...passage, cache }, answer.head, answer.body.length);
  const unsaved = record.entry === null && request.method === 'GET';
  if (unsaved && nominated !== null) await forgetNominated(cache, nominated, answer.head);
  // From here on the entry is in sight, and who waits for it reads it while it is filled.
  land();
  const because = `${asking.because}; ${record.because}`;
  const known = isKnownToClient(passage, answer, asking);
  const told: CacheStatus = {
    hit: false,
    forward: asking.reason,
    forwardStatus: known ? answer.head.status : undefined,
    ttlS: record.entry === null ? undefined : remainingS(cache, answer),
    stored: record.entry !== null,
    collapsed: passage.waitedFor === null ? undefined : false,
    because,
  };
  const head = headForClient(answer, known);
  const bodiless = known || isBodiless(request.method, answer.head.status);
  const fields = client.sendHead(head, bodiless ? 'none' : answer.body.length, told);
  if (known) client.answer.end();
  const body = await relayBody(answer.body, known ? null : client.answer, record.entry);
  countOctets(cache, answer, body);
  const whole = known || body.complete;
  client.answered(
    head.status,
    fields,
    known ? 0 : body.octets,
    whole ? because : `${because}; it broke off before its end`,
  );
}

/** Reads an answer whose body nobody wants. */
export async function consume(cache: WebCache, answer: OriginAnswer): Promise<void> {
  countOctets(cache, answer, await relayBody(answer.body, null, null));
}

export function countOctets(cache: WebCache, answer: OriginAnswer, body: Relayed): void {
  cache.counters.octetsFromOrigins += body.octets;
  answer.came(body.octets);
}

/** RFC 9110, section 6.4.1: answers that have no body, whatever their fields say. */
function isBodiless(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304;
}

function remainingS({ host }: WebCache, { head }: OriginAnswer): number {
  return freshnessLifetime(head).seconds - currentAge(head, host.clock.now());
}

/** The client's own condition, held against the version that the origin sent in answer to ours. */
function isKnownToClient({ client, request }: Passage, { head }: OriginAnswer, asking: Asking): boolean {
  if (asking.fields === request.fields || (head.status !== 200 && head.status !== 206)) return false;
  const now = client.cache.host.clock.now();
  return evaluateForCache(request.method, request.fields, validatorsOf(head), now).kind === 'not-modified';
}

function headForClient(answer: OriginAnswer, known: boolean): AnswerHead {
  const { status, reason, httpVersion } = answer.head;
  const fields = forwardedFields(answer.head.fields);
  return known
    ? { status: 304, reason: 'Not Modified', httpVersion, fields: withoutFields(fields, BODY_FIELDS) }
    : { status, reason, httpVersion, fields };
}
