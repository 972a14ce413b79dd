import type { Reuse } from '../protocol/choose-reuse.ts';
import { mayKeep } from '../protocol/may-store.ts';
import type { StoredHead } from '../protocol/stored-response.ts';
import { conditionalFields, confirmedBy, freshen, unconditionalFields } from '../protocol/validation.ts';
import { consume, fetchFromOrigin, relay } from './fetch-from-origin.ts';
import { keepFreshened } from './forget-outdated.ts';
import type { OriginAnswer } from './origin-client.ts';
import { ORIGIN_FAILED, OriginFailure } from './origin-failure.ts';
import { type Asking, askOrigin, beginFlight, type Passage } from './passage.ts';
import { mayCover, sendStale } from './send-stale.ts';
import { sendStored } from './send-stored.ts';

/** What is to be validated, and why. */
type Validation = Extract<Reuse, { kind: 'validate' }>;

/** Asks the origin which stored response holds (RFC 9111, section 4.3), and answers by what it says. @throws OriginFailure */
export async function validateStored(passage: Passage, validation: Validation): Promise<void> {
  const { head, candidates, reason, because } = validation;
  const { fields } = passage.request;
  const conditional = conditionalFields(fields, head, candidates);
  const asking = { reason, because, fields: conditional ?? unconditionalFields(fields) };
  const land = beginFlight(passage, reason);
  try {
    const answer = await askOrFail(passage, asking);
    if (answer instanceof OriginFailure) {
      if (head === null) throw answer;
      await sendStale(passage, head, reason, answer);
    } else if (answer.head.status === 304 && conditional !== null)
      await useConfirmation(passage, candidates, answer, asking);
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

/** 304: a stored response with new fields is the answer, the one that was meant (RFC 9111, section 4.3.4). */
async function useConfirmation(
  passage: Passage,
  candidates: readonly StoredHead[],
  answer: OriginAnswer,
  asking: Asking,
): Promise<void> {
  const { client, request } = passage;
  const { cache } = client;
  await consume(cache, answer);
  const again = (because: string) =>
    fetchFromOrigin(passage, { ...asking, fields: unconditionalFields(request.fields), because });
  const confirmed = confirmedBy(answer.head, candidates);
  const [head] = confirmed.map((stored) => freshen(stored, answer.head, request.fields));
  if (head === undefined) return again('the origin confirmed another version than the stored ones');
  // Where it goes, this client gets it all the same, and before it goes.
  const goes = mayKeep(request, head) === 'gone';
  if (!goes) await keepFreshened(cache, request, head);
  const because = `the origin confirmed the copy with 304; it was asked because ${asking.because}`;
  const sent = await sendStored(passage, head, { hit: false, forward: asking.reason, forwardStatus: 304 }, because);
  if (!sent) return again('the copy had to make room');
  if (goes) await keepFreshened(cache, request, head);
  cache.counters.confirmed += 1;
}

/** Any other status: a new response, or an error that the copy may cover. */
async function useAnswer(
  passage: Passage,
  head: StoredHead | null,
  answer: OriginAnswer,
  asking: Asking,
  land: () => void,
): Promise<void> {
  const { status } = answer.head;
  const { cache } = passage.client;
  if (head !== null && ORIGIN_FAILED.has(status) && mayCover(passage, head, asking.reason).serve) {
    // The client does not wait for the end of a page that it does not get.
    void consume(cache, answer);
    const failure = new OriginFailure(502, `the origin answered ${status}`);
    return sendStale(passage, head, asking.reason, failure, status);
  }
  cache.counters.replaced += 1;
  await relay(passage, answer, asking, land, head);
}
