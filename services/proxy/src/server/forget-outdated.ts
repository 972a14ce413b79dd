import { invalidatedKeys } from '../protocol/invalidation.ts';
import { mayKeep } from '../protocol/may-store.ts';
import type { CacheRequest, OriginResponse, StoredHead } from '../protocol/stored-response.ts';
import { endsReuse, freshen, judgeHead } from '../protocol/validation.ts';
import { selectVariants } from '../protocol/vary.ts';
import type { Passage } from './passage.ts';
import type { WebCache } from './web-cache.ts';

/** What an exchange shows to be out of date: by a change at the origin (RFC 9111, section 4.4), or by the answer to HEAD. */
export async function forgetOutdated(passage: Passage, response: OriginResponse): Promise<void> {
  const { client, request } = passage;
  for (const key of invalidatedKeys(request, response)) await client.cache.store.remove(key);
  if (request.method === 'HEAD' && response.status === 200) await heedHead(passage, response);
}

/** RFC 9111, section 4.3.3: where a full answer is not stored itself, it ends the use of what it was asked about. */
export async function forgetNominated(cache: WebCache, head: StoredHead, response: OriginResponse): Promise<void> {
  if (endsReuse(response)) await cache.store.remove(head.key, new Set([head.id]));
}

/** Stores what a later response has made of a stored one, if that may be stored (RFC 9111, section 3.2). */
export async function keepFreshened(cache: WebCache, request: CacheRequest, freshened: StoredHead): Promise<void> {
  const keeping = mayKeep(request, freshened);
  if (keeping === 'renewed') await cache.store.replaceHead(freshened);
  else if (keeping === 'gone') await cache.store.remove(freshened.key, new Set([freshened.id]));
}

/** RFC 9111, section 4.3.5: the answer to HEAD speaks of each response that it could have selected. */
async function heedHead({ client, request }: Passage, response: OriginResponse): Promise<void> {
  const { store } = client.cache;
  const selected = selectVariants(await store.heads(request.key), request.fields);
  for (const head of selected) {
    if (judgeHead(head, response) === 'freshen')
      await keepFreshened(client.cache, request, freshen(head, response, request.fields));
    else await store.remove(request.key, new Set([head.id]));
  }
}
