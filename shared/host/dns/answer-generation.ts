/**
 * Queries and their answers as octets in one piece of memory, found by a hash table: a million queries a minute would make
 * the garbage collector busy with objects, and the processor with following their pointers.
 *
 * An entry is one answer in one of its rotations:
 *
 *     u32 the next rotation's entry, or 0     u32 which repetition     u16 turn
 *     u16 octets of the query   u16 octets of the answer   the query, without its id   the answer
 */
import { ttlPlaces } from '../../dns/ttl-places.ts';
import type { Repetition } from './request.ts';

const HEADER_OCTETS = 14;
const REPETITION = 4;
const TURN = 8;
const QUERY_LENGTH = 10;
const ANSWER_LENGTH = 12;
/** Octets at first, when the first answer comes, and at most: some fifteen thousand queries, and little in a host of 60 MB. */
const OCTETS_MIN = 64 * 1024;
const OCTETS_MAX = 2 * 1024 * 1024;
/** Places of the hash table, at first and at most; it is full when three of four are taken. */
const PLACES_MIN = 1_024;
const PLACES_MAX = 32_768;

/** A repetition, and where the TTLs of its answer are when they count down. */
interface Kept {
  readonly repetition: Repetition;
  readonly ttlPlaces: readonly number[];
}

/** Entries are known by where they begin; 0 is none. */
export class AnswerGeneration {
  octets: Buffer = Buffer.alloc(0);
  #used = HEADER_OCTETS;
  /** Two numbers for each place: the hash of a query and its first entry. */
  #places = new Int32Array(0);
  #taken = 0;
  #kept: Kept[] = [];

  /** Forgets all, and keeps the memory for what comes. */
  clear(): void {
    this.#used = HEADER_OCTETS;
    this.#places.fill(0);
    this.#taken = 0;
    this.#kept = [];
  }

  hasRoomFor(octets: number): boolean {
    return this.#used + HEADER_OCTETS + octets <= OCTETS_MAX && this.#taken < (PLACES_MAX * 3) / 4;
  }

  /** The first entry for the query that stands in `query` from `start` to `end`. */
  find(query: Buffer, start: number, end: number): number {
    return this.#taken === 0 ? 0 : this.#places[this.#placeOf(query, start, end, hashOf(query, start, end)) + 1]!;
  }

  next(entry: number): number {
    return this.octets.readUInt32BE(entry);
  }

  repetitionOf(entry: number): Repetition {
    return this.#keptOf(entry).repetition;
  }

  answerAt(entry: number): number {
    return entry + HEADER_OCTETS + this.octets.readUInt16BE(entry + QUERY_LENGTH);
  }

  answerLength(entry: number): number {
    return this.octets.readUInt16BE(entry + ANSWER_LENGTH);
  }

  /** The entry among `first` and those after it that is the rotation `turn`. */
  rotationOf(first: number, turn: number): number {
    let entry = first;
    while (entry !== 0 && this.octets.readUInt16BE(entry + TURN) !== turn) entry = this.next(entry);
    return entry;
  }

  /** Writes the time that is left, in whole seconds and never 0 while a record lives, as the resolver's cache counts it. */
  countDown(entry: number, expiresAt: readonly number[], now: number): void {
    const answer = this.answerAt(entry);
    for (const [record, place] of this.#keptOf(entry).ttlPlaces.entries()) {
      this.octets.writeUInt32BE(Math.ceil((expiresAt[record]! - now) / 1000), answer + place);
    }
  }

  /** Adds a rotation to those of its query; they begin anew where they were true no longer. */
  put(query: Buffer, start: number, end: number, answer: Uint8Array, repetition: Repetition): void {
    if ((this.#taken + 1) * 4 > (this.#places.length / 2) * 3) this.#grow();
    const hash = hashOf(query, start, end);
    const place = this.#placeOf(query, start, end, hash);
    const known = this.#places[place + 1]!;
    const isTrue = known !== 0 && this.repetitionOf(known).due() !== undefined;
    if (isTrue && this.rotationOf(known, repetition.turn) !== 0) return;
    const entry = this.#append(query, start, end, answer);
    this.octets.writeUInt32BE(isTrue ? known : 0, entry);
    this.octets.writeUInt32BE(this.#keep(answer, repetition), entry + REPETITION);
    this.octets.writeUInt16BE(repetition.turn, entry + TURN);
    this.#places[place] = hash;
    this.#places[place + 1] = entry;
    if (known === 0) this.#taken += 1;
  }

  #keptOf(entry: number): Kept {
    return this.#kept[this.octets.readUInt32BE(entry + REPETITION)]!;
  }

  /** Most answers have a repetition in common with the one before. */
  #keep(answer: Uint8Array, repetition: Repetition): number {
    if (this.#kept.at(-1)?.repetition !== repetition) {
      this.#kept.push({ repetition, ttlPlaces: repetition.expiresAt === undefined ? [] : ttlPlaces(answer) });
    }
    return this.#kept.length - 1;
  }

  #append(query: Buffer, start: number, end: number, answer: Uint8Array): number {
    const entry = this.#used;
    const answerAt = entry + HEADER_OCTETS + end - start;
    this.#used = answerAt + answer.length;
    if (this.#used > this.octets.length) {
      const larger = Buffer.alloc(Math.max(OCTETS_MIN, 2 * this.octets.length));
      larger.set(this.octets);
      this.octets = larger;
    }
    this.octets.writeUInt16BE(end - start, entry + QUERY_LENGTH);
    this.octets.writeUInt16BE(answer.length, entry + ANSWER_LENGTH);
    query.copy(this.octets, entry + HEADER_OCTETS, start, end);
    this.octets.set(answer, answerAt);
    return entry;
  }

  #grow(): void {
    const before = this.#places;
    this.#places = new Int32Array(Math.max(2 * PLACES_MIN, 2 * before.length));
    const mask = this.#places.length - 2;
    for (let at = 0; at < before.length; at += 2) {
      if (before[at + 1] === 0) continue;
      let place = (before[at]! * 2) & mask;
      while (this.#places[place + 1] !== 0) place = (place + 2) & mask;
      this.#places[place] = before[at]!;
      this.#places[place + 1] = before[at + 1]!;
    }
  }

  /** Where a query stands in the hash table, or would have to. */
  #placeOf(query: Buffer, start: number, end: number, hash: number): number {
    const mask = this.#places.length - 2;
    for (let place = (hash * 2) & mask; ; place = (place + 2) & mask) {
      const entry = this.#places[place + 1]!;
      if (entry === 0 || (this.#places[place] === hash && this.#isFor(entry, query, start, end))) return place;
    }
  }

  #isFor(entry: number, query: Buffer, start: number, end: number): boolean {
    const { octets } = this;
    if (octets.readUInt16BE(entry + QUERY_LENGTH) !== end - start) return false;
    const known = entry + HEADER_OCTETS - start;
    for (let at = start; at < end; at += 1) if (octets[known + at] !== query[at]) return false;
    return true;
  }
}

/** FNV-1a, its bits mixed so that the low ones depend on all. */
function hashOf(octets: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ octets[at]!, 0x01000193);
  return hash ^ (hash >>> 15);
}
