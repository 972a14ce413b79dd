import { type Fields, withoutFields } from '#shared/http/fields.ts';
import type { StoredHead } from '../protocol/stored-response.ts';
import { conditionalFields, confirmedBy, freshen, unconditionalFields } from '../protocol/validation.ts';
import { consume, countOctets } from './fetch-from-origin.ts';
import { forgetNominated, keepFreshened } from './forget-outdated.ts';
import type { OriginAnswer } from './origin-client.ts';
import { ORIGIN_FAILED, OriginFailure } from './origin-failure.ts';
import { askAlone, type Passage } from './passage.ts';
import { recordEntry } from './record-entry.ts';
import { relayBody } from './relay-body.ts';

/** The client has its part; what is asked for the store is all of it. */
const OF_THE_CLIENT: ReadonlySet<string> = new Set(['range', 'if-range', 'cache-control', 'pragma']);

/**
 * Asks the origin about a copy that has just been sent stale (RFC 5861, section 3): once at a time for each stored response,
 * however many clients get it meanwhile. Never rejects.
 */
export async function revalidateBehind(passage: Passage, head: StoredHead): Promise<void> {
  const { revalidating, host } = passage.client.cache;
  if (revalidating.has(head.id)) return;
  revalidating.add(head.id);
  try {
    await revalidate(passage, head);
  } catch (error) {
    // The origin gives no answer: that is told by its exchange, and the next client asks again.
    if (!(error instanceof OriginFailure)) host.log.error(error, `Cannot revalidate ${head.key}`);
  } finally {
    revalidating.delete(head.id);
  }
}

async function revalidate(passage: Passage, head: StoredHead): Promise<void> {
  const { cache } = passage.client;
  const own: Fields = withoutFields(passage.request.fields, OF_THE_CLIENT);
  const fields = conditionalFields(own, head, [head]) ?? unconditionalFields(own);
  const answer = await askAlone(passage, fields, 'the copy was sent stale, and the origin is asked behind it');
  if (answer.head.status === 304) {
    await consume(cache, answer);
    const confirmed = confirmedBy(answer.head, [head]);
    const request = { ...passage.request, method: 'GET', fields: own, hasBody: false };
    for (const stored of confirmed) await keepFreshened(cache, request, freshen(stored, answer.head, own));
    if (confirmed.length > 0) cache.counters.confirmed += 1;
  } else if (ORIGIN_FAILED.has(answer.head.status)) await consume(cache, answer);
  else await replace(passage, head, answer, own);
}

/** The origin has another version. If that may not be stored, the old one has had its time all the same. */
async function replace(passage: Passage, head: StoredHead, answer: OriginAnswer, fields: Fields): Promise<void> {
  const { cache } = passage.client;
  const request = { ...passage.request, method: 'GET', fields, hasBody: false };
  cache.counters.replaced += 1;
  const { entry } = await recordEntry({ request, removals: passage.removals, cache }, answer.head, answer.body.length);
  countOctets(cache, answer, await relayBody(answer.body, null, entry));
  if (entry === null) await forgetNominated(cache, head, answer.head);
}
