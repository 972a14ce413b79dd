/**
 * What a worker thread does with a datagram: repeats the answer where it was given before and is still true, by what the
 * board says (worker-board.ts), and hands every other query to the main thread. It knows no zone and no cache of records.
 */
import type { Endpoint } from '../../report.ts';
import { AnswerCache, type KnownAnswer } from './answer-cache.ts';
import { IN_FLIGHT_MAX, isAdmissible, type UdpService } from './datagram-service.ts';
import type { Repetition } from './request.ts';
import type { WorkerBoard, WorkerLane } from './worker-board.ts';
import type { KeptTerms } from './worker-messages.ts';

export class RepeatingService implements UdpService {
  readonly here: Endpoint;
  /** Counted on the board. */
  readonly counters = { queries: 0, dropped: 0 };
  readonly #board: WorkerBoard;
  readonly #lane: WorkerLane;
  readonly #forward: (client: Endpoint, datagram: Buffer) => void;
  readonly #answers: AnswerCache;
  /** Of answers that last until they are forgotten one repetition serves all that are counted alike. */
  readonly #lasting = new Map<number, LentRepetition>();

  constructor(
    here: Endpoint,
    board: WorkerBoard,
    lane: WorkerLane,
    forward: (client: Endpoint, datagram: Buffer) => void,
  ) {
    this.here = here;
    this.#board = board;
    this.#lane = lane;
    this.#forward = forward;
    this.#answers = new AnswerCache(() => labTime(board));
  }

  admits(length: number, port: number, isOurs: boolean): boolean {
    if (isAdmissible(length, port, isOurs)) return true;
    this.#lane.addDropped();
    return false;
  }

  mayRepeat(): boolean {
    return this.#board.mayRepeat;
  }

  repeat(octets: Buffer, start: number, end: number): KnownAnswer | undefined {
    return this.#answers.find(octets, start, end);
  }

  /** The answer comes when it comes, without anything being remembered of its query here. */
  serve(datagram: Buffer, client: Endpoint): void {
    if (this.#lane.waiting >= IN_FLIGHT_MAX) {
      this.#lane.addDropped();
      return;
    }
    this.#lane.addWaiting(1);
    this.#forward(client, datagram);
  }

  /** Keeps an answer that the main thread has found. */
  keep(query: Buffer, answer: Buffer, terms: KeptTerms): void {
    this.#answers.keep(query, answer, this.#repetitionOf(terms));
  }

  #repetitionOf(terms: KeptTerms): Repetition {
    const isLasting = terms.rotations === 1 && terms.until === Infinity && terms.timesMax === Infinity;
    if (!isLasting) return new LentRepetition(terms, this.#board, this.#lane);
    const known = this.#lasting.get(terms.tally);
    if (known?.epoch === terms.epoch) return known;
    const made = new LentRepetition(terms, this.#board, this.#lane);
    this.#lasting.set(terms.tally, made);
    return made;
  }
}

/** An answer that may be given while its terms hold. */
class LentRepetition implements Repetition {
  readonly turn: number;
  readonly epoch: number;
  readonly expiresAt: readonly number[] | undefined;
  readonly #board: WorkerBoard;
  readonly #lane: WorkerLane;
  readonly #rotations: number;
  readonly #until: number;
  readonly #tally: number;
  #left: number;
  #due = 0;

  constructor(terms: KeptTerms, board: WorkerBoard, lane: WorkerLane) {
    this.turn = terms.turn;
    this.epoch = terms.epoch;
    this.expiresAt = terms.expiresAt;
    this.#board = board;
    this.#lane = lane;
    this.#rotations = terms.rotations;
    this.#until = terms.until;
    this.#tally = terms.tally;
    this.#left = terms.timesMax;
    this.skip();
  }

  due(): number | undefined {
    if (this.#board.epoch !== this.epoch || this.#left === 0) return undefined;
    return this.#until === Infinity || labTime(this.#board) < this.#until ? this.#due : undefined;
  }

  given(): void {
    this.#left -= 1;
    this.#due = (this.#due + 1) % this.#rotations;
    this.#lane.addRepeated(this.#tally);
  }

  /** By chance: two workers that wait in turns for what the other one gets would wait for ever. */
  skip(): void {
    this.#due = Math.floor(Math.random() * this.#rotations);
  }
}

function labTime(board: WorkerBoard): number {
  return Date.now() + board.aheadMs;
}
