import { requestCacheControl } from '#shared/http/cache-control.ts';
import type { ForwardReason } from '../protocol/choose-reuse.ts';
import { mayCoverFailure, type StaleDecision } from '../protocol/stale.ts';
import type { StoredHead } from '../protocol/stored-response.ts';
import type { OriginFailure } from './origin-failure.ts';
import type { Passage } from './passage.ts';
import { sendStored } from './send-stored.ts';

/** Whether the copy may answer although the origin does not. */
export function mayCover({ client, request }: Passage, head: StoredHead, reason: ForwardReason): StaleDecision {
  return mayCoverFailure(requestCacheControl(request.fields), head, reason, client.cache.host.clock.now());
}

/**
 * Answers with a copy that could not be confirmed; with 504 where a directive forbids that (RFC 9111, section 5.2.2.2).
 *
 * @throws OriginFailure where the copy has nothing to do with it
 */
export async function sendStale(
  passage: Passage,
  head: StoredHead,
  reason: ForwardReason,
  failure: OriginFailure,
  forwardStatus?: number,
): Promise<void> {
  const { client } = passage;
  const decision = mayCover(passage, head, reason);
  const because = `${failure.message}, and ${decision.because}`;
  if (!decision.serve) {
    if (!decision.forbidden) throw failure;
    return client.say(504, because, [], failure);
  }
  if (!(await sendStored(passage, head, { hit: false, forward: reason, forwardStatus }, because))) throw failure;
  client.cache.counters.stale += 1;
}
