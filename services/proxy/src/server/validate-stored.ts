import type { StoredHead } from '../protocol/stored-response.ts';
import { conditionalFields, confirms, freshen, unconditionalFields } from '../protocol/validation.ts';
import { consume, fetchFromOrigin, relay } from './fetch-from-origin.ts';
import type { OriginAnswer } from './origin-client.ts';
import { OriginFailure } from './origin-failure.ts';
import { type Asking, askOrigin, beginFlight, type Passage } from './passage.ts';
import { sendStale, sendStored, whyNotStale } from './send-stored.ts';

/** Statuses with which an origin says that it cannot answer now (RFC 9111, section 4.3.3). */
const ORIGIN_FAILED: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/** Asks the origin whether a stored response still holds (RFC 9111, section 4.3), and answers by what it says. */
export async function validateStored(passage: Passage, head: StoredHead, why: Omit<Asking, 'fields'>): Promise<void> {
  const conditional = conditionalFields(passage.request.fields, head);
  const asking = { ...why, fields: conditional ?? unconditionalFields(passage.request.fields) };
  const land = beginFlight(passage, why.reason);
  try {
    const answer = await askOrFail(passage, asking);
    if (answer instanceof OriginFailure) await sendStale(passage, head, why.reason, answer);
    else if (answer.head.status === 304 && conditional !== null) await useConfirmation(passage, head, answer, asking);
    else await useAnswer(passage, head, answer, asking, land);
  } finally {
    land();
  }
}

/** The origin's answer, or why there is none; what the proxy itself forbids is thrown. */
async function askOrFail(passage: Passage, asking: Asking): Promise<OriginAnswer | OriginFailure> {
  try {
    return await askOrigin(passage, asking);
  } catch (error) {
    if (error instanceof OriginFailure && error.status !== 403) return error;
    throw error;
  }
}

/** 304: the stored response with new fields is the answer, if it is the one that was meant (RFC 9111, section 4.3.4). */
async function useConfirmation(
  passage: Passage,
  stored: StoredHead,
  answer: OriginAnswer,
  asking: Asking,
): Promise<void> {
  const { cache } = passage.client;
  await consume(passage, answer);
  const again = (because: string) =>
    fetchFromOrigin(passage, { ...asking, fields: unconditionalFields(passage.request.fields), because });
  if (!confirms(stored, answer.head)) return again('the origin confirmed another version than the stored one');
  const head = freshen(stored, answer.head);
  await cache.store.replaceHead(head);
  const because = `the origin confirmed the copy with 304; it was asked because ${asking.because}`;
  const sent = await sendStored(passage, head, { hit: false, forward: asking.reason, forwardStatus: 304 }, because);
  if (!sent) return again('the copy had to make room');
  cache.counters.confirmed += 1;
}

/** Any other status: a new response, or an error that the copy may cover. */
async function useAnswer(
  passage: Passage,
  head: StoredHead,
  answer: OriginAnswer,
  asking: Asking,
  land: () => void,
): Promise<void> {
  const { status } = answer.head;
  if (ORIGIN_FAILED.has(status) && whyNotStale(head, asking.reason) === null) {
    await consume(passage, answer);
    return sendStale(passage, head, asking.reason, new OriginFailure(502, `the origin answered ${status}`), status);
  }
  passage.client.cache.counters.replaced += 1;
  await relay(passage, answer, asking, land);
}
