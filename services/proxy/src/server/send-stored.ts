import type { ByteRange } from '#shared/http/range.ts';
import { answerStored, type StoredAnswer } from '../protocol/answer-stored.ts';
import { describeKey } from '../protocol/cache-key.ts';
import type { CacheStatus } from '../protocol/cache-status.ts';
import type { ForwardReason } from '../protocol/choose-reuse.ts';
import { currentAge, freshnessLifetime } from '../protocol/freshness.ts';
import type { CacheRequest, StoredHead } from '../protocol/stored-response.ts';
import type { StoredBody } from '../store/response-store.ts';
import { type BodySource, memoryBody } from './body-source.ts';
import type { ClientExchange } from './client-exchange.ts';
import type { Passage } from './passage.ts';
import { sendPieces } from './relay-body.ts';

/** What led to the store: a hit, or a question to the origin. */
interface Told {
  readonly hit: boolean;
  readonly forward?: ForwardReason;
  readonly forwardStatus?: number | undefined;
  readonly collapsed?: boolean | undefined;
}

/** Answers from the store; what is in memory at once. False when the entry had to make room meanwhile. */
export function sendStored(
  passage: Passage,
  head: StoredHead,
  told: Told,
  because: string,
): boolean | Promise<boolean> {
  const body = passage.client.cache.store.open(head.id);
  if (body instanceof Promise) return body.then((opened) => sendOpened(passage, head, opened, told, because));
  return sendOpened(passage, head, body, told, because);
}

function sendOpened(
  passage: Passage,
  head: StoredHead,
  body: StoredBody | null,
  told: Told,
  because: string,
): boolean | Promise<boolean> {
  const { client, request } = passage;
  if (body === null) return false;
  const { answer, status } = describeStored(request, head, told, because, client.cache.host.clock.now());
  const send = (octets: Uint8Array | null) =>
    told.hit
      ? client.sendHit(answer, octets, status, { request, stored: head })
      : client.sendWhole(answer, octets, status);
  if (answer.body === 'none') {
    send(null);
    return true;
  }
  const { memory } = body;
  const only = answer.body === 'whole' ? memory : answer.body.length === 1 ? answer.body[0]! : null;
  if (memory !== null && only !== null) {
    send(octetsOf(only, memory));
    return true;
  }
  // Several pieces go one by one: put together they would be a copy for each client that does not read.
  const sources =
    answer.body === 'whole'
      ? [body.read(0, Infinity)]
      : answer.body.map((piece) => ('first' in piece ? body.read(piece.first, piece.last) : memoryBody(piece)));
  return streamPieces(client, answer, sources, status);
}

/** The answer to `request` from a stored response at a time, and what is said of it. */
export function describeStored(
  request: CacheRequest,
  head: StoredHead,
  told: Told,
  because: string,
  now: number,
): { readonly answer: StoredAnswer; readonly status: CacheStatus } {
  const answer = answerStored(request, head, now);
  const ttlS = freshnessLifetime(head).seconds - currentAge(head, now);
  const sentence = answer.because === '' ? because : `${because}; ${answer.because}`;
  return { answer, status: { ...told, ttlS, key: describeKey(head, request.fields), because: sentence } };
}

function octetsOf(piece: Uint8Array | ByteRange, memory: Uint8Array): Uint8Array {
  return 'first' in piece ? memory.subarray(piece.first, piece.last + 1) : piece;
}

/** Sends pieces that are not in memory, as fast as the client reads. */
async function streamPieces(
  client: ClientExchange,
  answer: StoredAnswer,
  pieces: readonly BodySource[],
  told: CacheStatus,
): Promise<true> {
  const lengths = pieces.map(({ length }) => length);
  const length = lengths.reduce((sum, octets) => (sum === null || octets === null ? null : sum + octets), 0);
  const fields = client.sendHead(answer, length, told);
  const sent = await sendPieces(pieces, client.answer);
  client.answered(answer.status, fields, sent.octets, sent.complete ? told.because : `${told.because}; it broke off`);
  return true;
}
