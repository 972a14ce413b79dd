import { frameAnswer } from '#shared/http/answer-framing.ts';
import { type Fields, hasField } from '#shared/http/fields.ts';
import { formatHead, formatStatusLine } from '#shared/http/message-writer.ts';
import type { RequestHead } from '#shared/http/request-guard.ts';
import { chooseReuse } from '../protocol/choose-reuse.ts';
import { ageHoldsMs } from '../protocol/freshness.ts';
import type { CacheRequest, Mode, StoredHead } from '../protocol/stored-response.ts';
import type { ResponseStore, StoredBody } from '../store/response-store.ts';
import { tracedFields } from './client-exchange.ts';
import { describeStored } from './send-stored.ts';

/**
 * The hit path. What an answer from the store says depends on five things alone: the octets of the request's head, what is stored
 * under its key, the mode, the configuration, and the age, which changes once in a second. So what was made of a request is kept:
 * how it was read and judged for as long as the first four stay, and the head of its answer for as long as all five do. Each of
 * them is looked at for each request. Nothing is judged here in another way: the policy chooses again in each new second, the same
 * functions write the answer, and what does not match goes the long way.
 */

/** What an answer takes in memory beside its text, in octets: objects and places in tables, roughly. The body is the store's. */
const ENTRY_OVERHEAD_OCTETS = 1_280;
/** Places that remember what was asked once; a power of two. What is asked for once only is never made ready. */
const ONCE_PLACES = 65_536;
/** Neighbouring places that one head may be at: the one that came there first goes first. A power of two. */
const ONCE_NEIGHBOURS = 4;
/** Longest head of a request that is kept. */
const TEXT_OCTETS_MAX = 4_096;
/** An answer that is wanted less often than this is written anew each time, for it would be another one: in milliseconds. */
const KEEP_HEAD_MS = 1_000;
/** Longest head of an answer that is kept: what one place takes must stay near what is counted for it, in octets. */
const HEAD_OCTETS_MAX = 2_048;
/** What depends on more than the five: a date is a strong validator only a second later (RFC 9110, section 8.8.2.2). */
const PARTICULAR = ['Range', 'If-Range'] as const;

/** What a hit is made of. */
export interface HitSource {
  readonly request: CacheRequest;
  readonly stored: StoredHead;
}

/** A hit that was sent. */
export interface SentHit extends HitSource {
  /** The head of the request, one character for each octet, and as it was read. */
  readonly text: string;
  readonly head: RequestHead;
  /** Octets of its body; null where it has none. It was all that is stored. */
  readonly bodyOctets: number | null;
}

/** What is told of an answer that is sent. */
export interface ToldHit {
  readonly head: RequestHead;
  readonly status: number;
  readonly fields: Fields;
  readonly bodyOctets: number;
  readonly because: string;
}

export interface ReadyAnswer {
  readonly told: ToldHit;
  readonly head: Uint8Array;
  readonly body: Uint8Array | null;
}

/** The head of an answer, and the time for which it is right. */
interface Written {
  readonly told: ToldHit;
  readonly octets: Uint8Array;
  readonly fromMs: number;
  readonly untilMs: number;
}

interface Kept {
  readonly hit: SentHit;
  readonly heads: readonly StoredHead[];
  readonly mode: Mode;
  written: Written | null;
  askedAtMs: number;
  readonly size: number;
}

/** What an answer depends on that can change. */
export interface Surroundings {
  readonly store: ResponseStore;
  readonly mode: Mode;
  readonly pseudonym: string;
  readonly host: { readonly clock: { now(): number } };
}

export class ReadyAnswers {
  readonly #octetsMax: number;
  readonly #kept = new Map<string, Kept>();
  /** Hashes of heads, each at its place. */
  readonly #once = new Uint32Array(ONCE_PLACES);
  #octets = 0;

  /** @param octetsMax of memory; the answer that was made ready longest ago makes room */
  constructor(octetsMax: number) {
    this.#octetsMax = octetsMax;
  }

  get count(): number {
    return this.#kept.size;
  }

  /** What they take in memory beside the store. */
  get octets(): number {
    return this.#octets;
  }

  /** The answer to the request with this head, if the long way would give the same one now. It counts as a use of the entry. */
  find(text: string, around: Surroundings): ReadyAnswer | null {
    const kept = this.#kept.get(text);
    if (kept === undefined) return null;
    const { store, mode, host } = around;
    const { stored, bodyOctets, request } = kept.hit;
    const now = host.clock.now();
    const holds = mode === kept.mode && store.heads(request.key) === kept.heads;
    const written = holds ? writtenAt(kept, now, around.pseudonym) : null;
    if (written === null) {
      this.#drop(text, kept);
      return null;
    }
    const opened = store.open(stored.id);
    if (opened === null || opened instanceof Promise) return null;
    if (bodyOctets === null) return { told: written.told, head: written.octets, body: null };
    if (!hasAll(opened, bodyOctets)) return null;
    return { told: written.told, head: written.octets, body: bodyOctets === 0 ? null : opened.memory };
  }

  /** Keeps what was made of a request, if it has come before and was answered from the store by no other reason than freshness. */
  keep(hit: SentHit, { store, mode, host }: Surroundings): void {
    const { text, request, stored } = hit;
    if (text.length > TEXT_OCTETS_MAX || PARTICULAR.some((name) => hasField(request.fields, name))) return;
    if (!this.#isAskedAgain(text)) return;
    const heads = store.heads(request.key);
    if (heads instanceof Promise || !heads.includes(stored)) return;
    const before = this.#kept.get(text);
    if (before !== undefined) this.#drop(text, before);
    const size = ENTRY_OVERHEAD_OCTETS + text.length;
    this.#kept.set(text, { hit, heads, mode, written: null, askedAtMs: host.clock.now(), size });
    this.#octets += size;
    this.#makeRoom();
  }

  /** Whether this head has come before; the next time it has. A wrong yes makes one more answer ready, and does no harm. */
  #isAskedAgain(text: string): boolean {
    const hash = hashOf(text);
    const first = hash & (ONCE_PLACES - ONCE_NEIGHBOURS);
    const neighbours = this.#once.subarray(first, first + ONCE_NEIGHBOURS);
    if (neighbours.includes(hash)) return true;
    neighbours.copyWithin(1, 0);
    neighbours[0] = hash;
    return false;
  }

  #makeRoom(): void {
    for (const [text, kept] of this.#kept) {
      if (this.#octets <= this.#octetsMax) return;
      this.#drop(text, kept);
    }
  }

  #drop(text: string, kept: Kept): void {
    this.#kept.delete(text);
    this.#octets -= kept.size;
  }
}

/** The head of the answer as it is now: the one that was written, or a new one; null where the policy chooses something else. */
function writtenAt(kept: Kept, now: number, pseudonym: string): Written | null {
  const { written, askedAtMs } = kept;
  kept.askedAtMs = now;
  if (written !== null && now < written.untilMs && now >= written.fromMs) return written;
  const renewed = write(kept, now, pseudonym);
  const isWorthIt = now - askedAtMs < KEEP_HEAD_MS && (renewed?.octets.length ?? 0) <= HEAD_OCTETS_MAX;
  kept.written = isWorthIt ? renewed : null;
  return renewed;
}

function write({ hit, heads, mode }: Kept, now: number, pseudonym: string): Written | null {
  const { request, stored, head, bodyOctets } = hit;
  const choice = chooseReuse(request, heads, mode, now);
  if (choice.kind !== 'reuse' || choice.head !== stored || choice.ttlS <= 0 || choice.revalidate) return null;
  const { answer, status } = describeStored(request, stored, { hit: true }, choice.because, now);
  if (answer.body !== (bodyOctets === null ? 'none' : 'whole')) return null;
  const fields = tracedFields(answer.fields, answer.httpVersion ?? '1.1', pseudonym, status);
  const framed = frameAnswer(head, { status: answer.status, fields }, bodyOctets ?? 'none', true);
  const told = { head, status: answer.status, fields, bodyOctets: bodyOctets ?? 0, because: status.because };
  return {
    told,
    octets: Buffer.from(formatHead(formatStatusLine(answer.status, answer.reason), framed.fields), 'latin1'),
    fromMs: now,
    untilMs: now + ageHoldsMs(stored, now),
  };
}

function hasAll({ memory }: StoredBody, octets: number): boolean {
  return memory !== null && memory.length === octets;
}

/** FNV-1a, 32 bits: only ever compared with itself. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
