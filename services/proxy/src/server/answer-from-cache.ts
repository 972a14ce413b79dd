import type { Fields } from '#shared/http/fields.ts';
import type { Authority } from '#shared/http/request-target.ts';
import { cacheKey } from '../protocol/cache-key.ts';
import { chooseReuse, type Reuse } from '../protocol/choose-reuse.ts';
import { fieldsForCache } from '../protocol/forwarding.ts';
import type { CacheRequest } from '../protocol/stored-response.ts';
import { type ClientExchange, statusOfOwn } from './client-exchange.ts';
import { completePart } from './complete-part.ts';
import { fetchFromOrigin } from './fetch-from-origin.ts';
import { mayShareFlight, type Passage } from './passage.ts';
import { revalidateBehind } from './revalidate-behind.ts';
import { sendStored } from './send-stored.ts';
import { validateStored } from './validate-stored.ts';

/**
 * Answers a request from the store or from the origin, as the policy chooses (RFC 9111, section 4). When somebody else's request
 * for the same object is on its way, this one waits for its answer, once, and chooses again.
 *
 * @throws OriginFailure when there is neither a usable copy nor an answer
 */
export async function answerFromCache(
  client: ClientExchange,
  authority: Authority,
  path: string,
  fields: Fields,
): Promise<void> {
  const { cache, head } = client;
  const request: CacheRequest = {
    method: head.method,
    key: cacheKey(authority, path),
    fields: fieldsForCache(fields),
    hasBody: client.answer.body !== null,
  };
  const removals = cache.store.removals(request.key);
  const passage: Passage = { client, authority, path, request, removals, waitedFor: null };
  const chosen = choose(passage);
  const choice = chosen instanceof Promise ? await chosen : chosen;
  // From here to the beginning of a flight nothing may wait, or two requests would both be the first.
  if (choice.kind !== 'forward' && choice.kind !== 'validate') return act(passage, choice);
  const following = mayShareFlight(passage, choice.reason) ? cache.flights.follow(request.key) : null;
  if (following === null) return act(passage, choice);
  cache.counters.collapsed += 1;
  await following;
  if (client.answer.isGone) return;
  const again = { ...passage, removals: cache.store.removals(request.key), waitedFor: choice.reason };
  await act(again, await choose(again));
}

/** At once where the heads are in memory: a hit then waits for nothing. */
function choose({ client, request }: Passage): Reuse | Promise<Reuse> {
  const { store, mode, host } = client.cache;
  const stored = store.heads(request.key);
  if (stored instanceof Promise) return stored.then((heads) => chooseReuse(request, heads, mode, host.clock.now()));
  return chooseReuse(request, stored, mode, host.clock.now());
}

async function act(passage: Passage, choice: Reuse): Promise<void> {
  const { client, request } = passage;
  switch (choice.kind) {
    case 'only-if-cached':
      return client.say(504, choice.because, [statusOfOwn(client.cache.pseudonym, choice.because)]);
    case 'forward':
      return fetchFromOrigin(passage, { fields: request.fields, reason: choice.reason, because: choice.because });
    case 'validate':
      return validateStored(passage, choice);
    case 'complete':
      return completePart(passage, choice);
    case 'reuse':
      return reuse(passage, choice);
  }
}

async function reuse(passage: Passage, choice: Extract<Reuse, { kind: 'reuse' }>): Promise<void> {
  const { client, request, waitedFor } = passage;
  const told = waitedFor === null ? { hit: true } : { hit: false, forward: waitedFor, collapsed: true };
  const sending = sendStored(passage, choice.head, told, choice.because);
  const sent = sending instanceof Promise ? await sending : sending;
  if (!sent) {
    const because = 'the copy had to make room';
    return fetchFromOrigin(passage, { fields: request.fields, reason: 'uri-miss', because });
  }
  client.cache.counters.hits += 1;
  if (choice.revalidate) void revalidateBehind(passage, choice.head);
}
