import type { BodyFraming } from '#shared/http/body-framing.ts';
import { CHUNKED_START, type ChunkedState, decodeChunked } from '#shared/http/chunked-decoder.ts';
import type { Fields } from '#shared/http/fields.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { BodyBroken, type BodySource } from './body-source.ts';

/** Octets that wait for the reader before the sender is held back. */
const WAITING_OCTETS_MAX = 65_536;
/** What a piece takes in memory beside its octets: who sends them one by one must not have a hundred times as much. */
const PIECE_OVERHEAD_OCTETS = 256;
/** Chunks of one read that are passed on as they are; more of them are put together. */
const CHUNKS_MAX = 16;

/** What a body asks of the connection that it comes by. */
export interface BodyCarrier {
  /** More than enough waits for the reader: stop reading from the socket. */
  pause(): void;
  /** The reader has caught up. */
  resume(): void;
  /** The reader wants no more of it: what follows cannot be told from the rest of this body. */
  cancelled(): void;
}

/**
 * The body of one message on a connection: octets are fed in as they come, and read out as they are wanted. Who feeds it learns
 * how many octets were its own; those behind belong to the next message.
 */
export class MessageBody implements BodySource {
  readonly length: number | null;
  readonly #carrier: BodyCarrier;
  readonly #untilClose: boolean;
  /** Octets that are still to come; null where the length is unknown. */
  #left: number | null;
  #chunked: ChunkedState | null;
  #complete: boolean;
  #broken: BodyBroken | null = null;
  #cancelled = false;
  #paused = false;
  readonly #waiting: Uint8Array[] = [];
  #waitingOctets = 0;
  #reader: PromiseWithResolvers<Uint8Array | null> | null = null;

  constructor(framing: BodyFraming, carrier: BodyCarrier) {
    this.#carrier = carrier;
    this.#chunked = framing.kind === 'chunked' ? CHUNKED_START : null;
    this.#untilClose = framing.kind === 'until-close';
    this.#left = framing.kind === 'length' ? framing.octets : framing.kind === 'none' ? 0 : null;
    this.length = this.#left;
    this.#complete = this.#left === 0;
  }

  /** Whether its last octet has come, which says nothing of the reader. */
  get isComplete(): boolean {
    return this.#complete;
  }

  /** Whether it ended in a way that is no end. */
  get isBroken(): boolean {
    return this.#broken !== null;
  }

  /** Whether the sender was told to wait. */
  get isPaused(): boolean {
    return this.#paused;
  }

  get trailers(): Fields {
    return this.#chunked?.kind === 'complete' ? this.#chunked.trailers : [];
  }

  /** Takes what has come; returns how much of it was of this body. A framing that is broken breaks the body for its reader. */
  feed(octets: Uint8Array): number {
    if (this.#complete || this.#broken !== null) return 0;
    if (this.#chunked !== null) return this.#feedChunked(this.#chunked, octets);
    const own = this.#left === null ? octets : octets.subarray(0, this.#left);
    if (this.#left !== null) this.#left -= own.length;
    this.#complete = this.#left === 0;
    this.#take(own);
    return own.length;
  }

  /** The sender will send no more: the end of a body that lasts until then, and the breaking off of any other. */
  ended(): void {
    if (!this.#untilClose) this.broke('the sender closed the connection before the end of the body');
    else if (!this.#complete) {
      this.#complete = true;
      this.#wake();
    }
  }

  broke(because: string): void {
    if (this.#complete || this.#broken !== null) return;
    this.#broken = new BodyBroken(because);
    this.#wake();
  }

  read(): Promise<Uint8Array | null> {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      this.#waitingOctets -= next.length + PIECE_OVERHEAD_OCTETS;
      if (this.#paused && this.#waitingOctets < WAITING_OCTETS_MAX / 2) {
        this.#paused = false;
        this.#carrier.resume();
      }
      return Promise.resolve(next);
    }
    if (this.#cancelled || this.#complete) return Promise.resolve(null);
    if (this.#broken !== null) return Promise.reject(this.#broken);
    this.#reader ??= Promise.withResolvers();
    return this.#reader.promise;
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#waiting.length = 0;
    this.#waitingOctets = 0;
    this.#wake();
    if (!this.#complete) this.#carrier.cancelled();
  }

  #feedChunked(state: ChunkedState, octets: Uint8Array): number {
    try {
      const step = decodeChunked(state, octets);
      this.#chunked = step.state;
      this.#complete = step.state.kind === 'complete';
      const isMany = step.data.length > CHUNKS_MAX;
      for (const data of isMany ? [Buffer.concat(step.data)] : step.data) this.#take(data);
      if (this.#complete) this.#wake();
      return step.used;
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.broke(error.message);
      return 0;
    }
  }

  #take(octets: Uint8Array): void {
    const reader = this.#reader;
    if (this.#cancelled || octets.length === 0) {
      this.#wake();
      return;
    }
    if (reader !== null) {
      this.#reader = null;
      reader.resolve(octets);
      return;
    }
    this.#waiting.push(octets);
    this.#waitingOctets += octets.length + PIECE_OVERHEAD_OCTETS;
    if (this.#waitingOctets < WAITING_OCTETS_MAX || this.#complete || this.#paused) return;
    this.#paused = true;
    this.#carrier.pause();
  }

  /** Tells a reader that waits how it ended. */
  #wake(): void {
    const reader = this.#reader;
    if (reader === null) return;
    this.#reader = null;
    if (this.#complete || this.#cancelled) reader.resolve(null);
    else if (this.#broken !== null) reader.reject(this.#broken);
    else this.#reader = reader;
  }
}
