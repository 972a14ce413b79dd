import { answerStored } from '../protocol/answer-stored.ts';
import { type ForwardReason, staleForbidden } from '../protocol/choose-reuse.ts';
import { currentAge, freshnessLifetime } from '../protocol/freshness.ts';
import type { StoredHead } from '../protocol/stored-response.ts';
import type { OriginFailure } from './origin-failure.ts';
import type { Passage } from './passage.ts';

/** What led to the store: a hit, or a question to the origin. */
interface Told {
  readonly hit: boolean;
  readonly forward?: ForwardReason;
  readonly forwardStatus?: number | undefined;
}

/** Answers from the store. False when the entry had to make room meanwhile. */
export async function sendStored(passage: Passage, head: StoredHead, told: Told, because: string): Promise<boolean> {
  const { client, request, collapsed } = passage;
  const body = await client.cache.store.body(head.id);
  if (body === null) return false;
  const now = client.cache.host.clock.now();
  const answer = answerStored(request, head, now);
  const ttlS = freshnessLifetime(head).seconds - currentAge(head, now);
  const octets = answer.part === null ? null : body.subarray(answer.part.first, answer.part.last + 1);
  const sentence = answer.because === '' ? because : `${because}; ${answer.because}`;
  client.sendWhole(answer, octets, { ...told, ttlS, collapsed, because: sentence });
  return true;
}

/** Why a copy may not be sent although the origin gives no answer, or null (RFC 9111, section 4.2.4). */
export function whyNotStale(head: StoredHead, reason: ForwardReason): string | null {
  return reason === 'request' ? 'the request' : staleForbidden(head);
}

/** Answers with a copy that could not be confirmed, or with 504 where that is forbidden (RFC 9111, section 5.2.2.2). */
export async function sendStale(
  passage: Passage,
  head: StoredHead,
  reason: ForwardReason,
  failure: OriginFailure,
  forwardStatus?: number,
): Promise<void> {
  const { client } = passage;
  const forbidden = whyNotStale(head, reason);
  if (forbidden !== null) {
    return client.say(504, `${failure.message}, and ${forbidden} forbids to answer with the copy unasked`);
  }
  const because = `${failure.message}, so the copy is sent although it could not be confirmed`;
  if (!(await sendStored(passage, head, { hit: false, forward: reason, forwardStatus }, because))) throw failure;
  client.cache.counters.stale += 1;
}
