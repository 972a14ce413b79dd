import { randomUUID } from 'node:crypto';
import { fieldValue } from '#shared/http/fields.ts';
import { mayStore, type StoreDecision } from '../protocol/may-store.ts';
import { combine, hasStrongMatch, type StoredRange, sameVersion } from '../protocol/partial.ts';
import { isSafe, type OriginResponse, type StoredHead } from '../protocol/stored-response.ts';
import { toStore } from '../protocol/to-store.ts';
import { freshen } from '../protocol/validation.ts';
import { selectVariants } from '../protocol/vary.ts';
import type { EntryWriter, StoredBody } from '../store/response-store.ts';
import { CombinedEntry, type Surrounding } from './combined-entry.ts';
import { keepFreshened } from './forget-outdated.ts';
import type { Passage } from './passage.ts';
import type { WebCache } from './web-cache.ts';

const PART = { forClient: 'part' } as const;

/** Where a response goes on its way to the client. */
export interface Record {
  /** Null: it is not stored. */
  readonly entry: EntryWriter | null;
  readonly because: string;
}

/** What of a passage storing needs. */
type Storing = Pick<Passage, 'request' | 'removals'> & { readonly cache: WebCache };

/** Begins the entry that a response becomes, if it may be stored (RFC 9111, section 3). */
export async function recordEntry(storing: Storing, response: OriginResponse, length: number | null): Promise<Record> {
  const { cache, request } = storing;
  const decision = decideStoring(cache, storing, response);
  if (!decision.store) return { entry: null, because: decision.because };
  const head = toStore(request, response, randomUUID(), length);
  // An unsafe request has just had its own key declared out of date; its answer is what holds from now on.
  const removals = isSafe(request.method) ? storing.removals : cache.store.removals(request.key);
  if (head.part === null) return { entry: cache.store.begin(head, removals), because: decision.because };
  return recordPart(storing, head, response, length, removals, decision.because);
}

function decideStoring({ config }: WebCache, { request }: Storing, response: OriginResponse): StoreDecision {
  const decision = mayStore(request, response);
  const octets = Number(fieldValue(response.fields, 'Content-Length') ?? 0);
  if (!decision.store || octets <= config.OBJECT_BYTES) return decision;
  return { store: false, because: `with ${octets} octets it is longer than what is stored` };
}

/** A part: to what is stored of its version already, or alone (RFC 9111, sections 3.3 and 3.4). */
async function recordPart(
  { cache, request }: Storing,
  head: StoredHead,
  response: OriginResponse,
  length: number | null,
  removals: number,
  because: string,
): Promise<Record> {
  const { store } = cache;
  if (length !== null && length !== head.octets)
    return { entry: null, because: `it says that it is ${head.octets} octets long, and is ${length}` };
  const selected = selectVariants(await store.heads(request.key), request.fields);
  const whole = selected.find((stored) => stored.part === null && sameVersion(stored, head));
  if (whole !== undefined) {
    if (hasStrongMatch(whole, head)) await keepFreshened(cache, request, freshen(whole, response, request.fields));
    return { entry: null, because: 'all of this version is stored already' };
  }
  const combination = combine(head, selected);
  const octets = head.octets ?? 0;
  const before = combination === null ? null : await openAround(cache, combination.before);
  const after = combination === null ? null : await openAround(cache, combination.after);
  if (combination === null || before === 'gone' || after === 'gone') {
    const alone = new CombinedEntry(store.begin(head, removals), { ...PART, before: null, octets, after: null });
    return { entry: alone, because };
  }
  const entry = new CombinedEntry(store.begin(combination.head, removals), { ...PART, before, octets, after });
  return { entry, because: `${because}; it is put together with what is stored of the same version` };
}

/** The stored octets beside a part; `gone` when they had to make room. */
export async function openAround(
  { store }: WebCache,
  around: StoredRange | null,
): Promise<Surrounding | null | 'gone'> {
  if (around === null) return null;
  const body: StoredBody | null = await store.open(around.id);
  return body === null ? 'gone' : { body, range: around.range };
}
