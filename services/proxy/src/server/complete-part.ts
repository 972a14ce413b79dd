import { randomUUID } from 'node:crypto';
import { type Field, type Fields, fieldLines, withoutFields } from '#shared/http/fields.ts';
import { lastingFields } from '../protocol/answer-stored.ts';
import type { Reuse } from '../protocol/choose-reuse.ts';
import { mayStore } from '../protocol/may-store.ts';
import { type Combination, combine } from '../protocol/partial.ts';
import type { StoredHead } from '../protocol/stored-response.ts';
import { toStore } from '../protocol/to-store.ts';
import { CombinedEntry, type Surrounding } from './combined-entry.ts';
import { countOctets, fetchFromOrigin, relay } from './fetch-from-origin.ts';
import type { OriginAnswer } from './origin-client.ts';
import { type Asking, askOrigin, type Passage } from './passage.ts';
import { openAround } from './record-entry.ts';
import { relayBody } from './relay-body.ts';

/** The beginning of a version that is stored, for a client that wants all of it. */
type Completion = Extract<Reuse, { kind: 'complete' }>;

/** Asks for the rest of what is stored, and answers with both together (RFC 9111, section 3.4). @throws OriginFailure */
export async function completePart(passage: Passage, { head, reason, because }: Completion): Promise<void> {
  const asking = { reason, because, fields: restFields(passage.request.fields, head) };
  const answer = await askOrigin(passage, asking);
  if (answer.head.status !== 206) return relay(passage, answer, asking, () => {});
  const { cache } = passage.client;
  const combination = combineWith(passage, head, asking.fields, answer);
  const before = combination === null ? null : await openAround(cache, combination.before);
  if (combination !== null && before !== null && before !== 'gone')
    return sendBoth(passage, combination, before, answer, asking);
  answer.body.cancel();
  const again = 'the rest that the origin sent does not belong to what is stored';
  return fetchFromOrigin(passage, { reason, because: again, fields: passage.request.fields });
}

/** RFC 9110, section 13.1.5: the rest if it is still this version, all of it if not. */
function restFields(request: Fields, head: StoredHead): Fields {
  const range: Field = ['Range', `bytes=${head.octets}-`];
  return [...withoutFields(request, new Set(['if-range'])), range, ['If-Range', fieldLines(head.fields, 'ETag')[0]!]];
}

/** What the stored beginning and the rest make, when that is the whole and may be stored. */
function combineWith(passage: Passage, head: StoredHead, fields: Fields, answer: OriginAnswer): Combination | null {
  const request = { ...passage.request, fields };
  if (!mayStore(request, answer.head).store) return null;
  const rest = toStore(request, answer.head, randomUUID(), answer.body.length);
  const asLong = answer.body.length === null || answer.body.length === rest.octets;
  const combination = asLong ? combine(rest, [head]) : null;
  return combination?.head.part === null ? combination : null;
}

async function sendBoth(
  passage: Passage,
  { head }: Combination,
  before: Surrounding,
  answer: OriginAnswer,
  asking: Asking,
): Promise<void> {
  const { client } = passage;
  const { cache } = client;
  const octets = (head.octets ?? 0) - (before.range.last + 1);
  const entry = cache.store.begin(head, passage.removals);
  const combined = new CombinedEntry(entry, { forClient: 'all', before, octets, after: null });
  const because = `${asking.because}, and the origin sent the rest of that version`;
  const told = { hit: false, forward: asking.reason, forwardStatus: 206, stored: true, because };
  const fields = client.sendHead({ ...head, fields: lastingFields(head) }, head.octets, told);
  const body = await relayBody(answer.body, client.answer, combined);
  countOctets(cache, answer, body);
  client.answered(head.status, fields, head.octets ?? 0, body.complete ? because : `${because}; it broke off`);
}
