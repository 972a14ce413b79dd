/**
 * Encoded answers by the octets of their queries: who sends a query that was answered before, octet for octet but for its
 * id, gets the octets of that answer, without the query being read or the answer being looked for. It is an optimisation
 * and nothing else: whether an answer is still the one that would be found is asked of who gave it, each time.
 *
 * What is kept lies in a generation (answer-generation.ts). When one is full it becomes the old one, and a new one begins;
 * what is asked for again moves over, and the rest goes with the next change.
 */
import { AnswerGeneration } from './answer-generation.ts';
import type { Repetition } from './request.ts';

/** Octets of an answer that is kept: all that go over UDP. */
export const ANSWER_OCTETS_MAX = 1_232;
/** Rotations of one answer that are kept. */
const ROTATIONS_MAX = 16;
/** Octets of the id, which alone differs. */
const ID_OCTETS = 2;

/** An answer in the memory of the cache, until the cache is asked again: its id is that of another query. */
export interface KnownAnswer {
  octets: Buffer;
  start: number;
  length: number;
}

export class AnswerCache {
  #young = new AnswerGeneration();
  #old = new AnswerGeneration();
  readonly #found: KnownAnswer = { octets: Buffer.alloc(0), start: 0, length: 0 };
  readonly #now: () => number;

  /** @param now lab time in milliseconds, which TTLs count down by */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The answer to the query in `octets` from `start` to `end`, or undefined where it is to be found anew. */
  find(octets: Buffer, start: number, end: number): KnownAnswer | undefined {
    const from = start + ID_OCTETS;
    let entry = this.#young.find(octets, from, end);
    if (entry === 0) {
      if (!this.#promote(octets, from, end)) return undefined;
      entry = this.#young.find(octets, from, end);
    }
    const repetition = this.#young.repetitionOf(entry);
    const turn = repetition.due();
    const due = turn === undefined ? 0 : this.#young.rotationOf(entry, turn);
    if (due === 0) {
      if (turn !== undefined) repetition.skip?.();
      return undefined;
    }
    if (repetition.expiresAt !== undefined) this.#young.countDown(due, repetition.expiresAt, this.#now());
    repetition.given();
    const found = this.#found;
    found.octets = this.#young.octets;
    found.start = this.#young.answerAt(due);
    found.length = this.#young.answerLength(due);
    return found;
  }

  /** Keeps the answer that was sent to `query`, if it may be given again. */
  keep(query: Buffer, answer: Uint8Array, repetition: Repetition): void {
    if (answer.length > ANSWER_OCTETS_MAX || repetition.turn >= ROTATIONS_MAX) return;
    this.#makeRoom(query.length + answer.length);
    this.#young.put(query, ID_OCTETS, query.length, answer, repetition);
  }

  /** Moves the rotations of an answer from the old generation to the young one; false where there are none, or no room. */
  #promote(octets: Buffer, from: number, end: number): boolean {
    const old = this.#old;
    const first = old.find(octets, from, end);
    if (first === 0) return false;
    for (let entry = first; entry !== 0; entry = old.next(entry)) {
      const at = old.answerAt(entry);
      const answer = old.octets.subarray(at, at + old.answerLength(entry));
      if (!this.#young.hasRoomFor(end - from + answer.length)) return false;
      this.#young.put(octets, from, end, answer, old.repetitionOf(entry));
    }
    return true;
  }

  #makeRoom(octets: number): void {
    if (this.#young.hasRoomFor(octets)) return;
    [this.#young, this.#old] = [this.#old, this.#young];
    this.#young.clear();
  }
}
