import type { Fields } from '#shared/http/fields.ts';
import { hasBody } from '#shared/http/request-guard.ts';
import type { Authority } from '#shared/http/request-target.ts';
import { cacheKey } from '../protocol/cache-key.ts';
import { chooseReuse, type Reuse } from '../protocol/choose-reuse.ts';
import type { ClientExchange } from './client-exchange.ts';
import { fetchFromOrigin } from './fetch-from-origin.ts';
import { mayShareFlight, type Passage } from './passage.ts';
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
  const request = { method: head.method, key: cacheKey(authority, path), fields, hasBody: hasBody(fields) };
  const passage: Passage = { client, authority, path, request, changes: cache.changes, collapsed: false };
  const choice = await choose(passage);
  // From here to the beginning of a flight nothing may wait, or two requests would both be the first.
  const following = mayWait(passage, choice) ? cache.flights.follow(request.key) : null;
  if (following === null) return act(passage, choice);
  cache.counters.collapsed += 1;
  await following;
  if (!client.isGone) await act({ ...passage, changes: cache.changes, collapsed: true }, await choose(passage));
}

async function choose({ client, request }: Passage): Promise<Reuse> {
  const { store, mode, host } = client.cache;
  return chooseReuse(request, await store.heads(request.key), mode, host.clock.now());
}

function mayWait(passage: Passage, choice: Reuse): boolean {
  return (choice.kind === 'forward' || choice.kind === 'validate') && mayShareFlight(passage, choice.reason);
}

async function act(passage: Passage, choice: Reuse): Promise<void> {
  const { client, request } = passage;
  switch (choice.kind) {
    case 'only-if-cached':
      return client.say(504, choice.because);
    case 'forward':
      return fetchFromOrigin(passage, { fields: request.fields, reason: choice.reason, because: choice.because });
    case 'validate':
      return validateStored(passage, choice.head, choice);
    case 'reuse': {
      const sent = await sendStored(passage, choice.head, { hit: true }, choice.because);
      if (!sent)
        return fetchFromOrigin(passage, {
          fields: request.fields,
          reason: 'uri-miss',
          because: 'the copy had to make room',
        });
      client.cache.counters.hits += 1;
    }
  }
}
