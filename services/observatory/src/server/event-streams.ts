import type { ServerResponse } from 'node:http';
import { Patience } from '#shared/host/patience.ts';
import { formatEvent, formatEventId, formatRetry, HEARTBEAT } from '../protocol/event-stream.ts';
import { passes, type ReportFilter } from '../protocol/report-filter.ts';
import type { ReportWindow } from '../store/report-window.ts';

/** Readers of the stream at once: a classroom, with room to spare. */
const READERS_MAX = 200;
/** Characters handed to a reader's socket in one write. */
const CHUNK_LENGTH_MAX = 64 * 1024;
/** How long a new report waits for others to share its write, in milliseconds. */
const LINGER_MS = 40;
/** How long a browser waits before it comes back, in milliseconds. */
const RETRY_MS = 1_000;

interface Reader {
  readonly response: ServerResponse;
  readonly filter: ReportFilter;
  /** Number of the last report that it has got, or that its filter kept from it. */
  last: number;
  /** Whether it has been told that it has everything that was held when it came. */
  isPresent: boolean;
  /** Runs while the reader's socket is full; when it ends, the reader is dropped. */
  stalled: Patience | null;
}

/**
 * The streams of server-sent events. A reader has no queue of its own: it has a place in the window of reports, and gets
 * the next ones when its socket has taken the last. A slow reader so costs one chunk of memory; one that takes nothing
 * for `stallMs` is dropped; one that falls behind the window is told how many reports it missed.
 */
export class EventStreams {
  readonly #window: ReportWindow;
  readonly #start: string;
  readonly #stallMs: number;
  readonly #readers = new Set<Reader>();
  readonly #heartbeat: NodeJS.Timeout;
  #linger: NodeJS.Timeout | undefined;
  #dropped = 0;

  constructor(window: ReportWindow, options: { start: string; heartbeatMs: number; stallMs: number }) {
    this.#window = window;
    this.#start = options.start;
    this.#stallMs = options.stallMs;
    this.#heartbeat = setInterval(() => this.#beat(), options.heartbeatMs);
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** Readers dropped since the start because they took nothing. */
  get dropped(): number {
    return this.#dropped;
  }

  get hasRoom(): boolean {
    return this.#readers.size < READERS_MAX;
  }

  /** Streams to `response`, from the report after `after`, until either side ends it; 0 is all that is held. */
  open(response: ServerResponse, filter: ReportFilter, after: number): void {
    const last = after === 0 ? this.#window.oldest - 1 : Math.min(after, this.#window.newest);
    const reader: Reader = { response, filter, last, isPresent: false, stalled: null };
    this.#readers.add(reader);
    response.on('drain', () => {
      this.#isFlowing(reader);
      this.#feed(reader);
    });
    response.on('error', () => response.destroy());
    response.on('close', () => {
      this.#isFlowing(reader);
      this.#readers.delete(reader);
    });
    this.#write(reader, formatRetry(RETRY_MS));
    this.#feed(reader);
  }

  /** Says that the window has new reports. */
  wake(): void {
    if (this.#linger !== undefined || this.#readers.size === 0) return;
    this.#linger = setTimeout(() => {
      this.#linger = undefined;
      for (const reader of this.#readers) this.#feed(reader);
    }, LINGER_MS);
  }

  close(): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#linger);
    for (const { response } of this.#readers) response.destroy();
  }

  #feed(reader: Reader): void {
    while (reader.stalled === null && reader.last < this.#window.newest) {
      const chunk = this.#nextChunk(reader);
      if (chunk !== '') this.#write(reader, chunk);
    }
    if (reader.isPresent || reader.last < this.#window.newest) return;
    reader.isPresent = true;
    this.#write(reader, formatEvent({ event: 'present', data: '{}' }));
  }

  #nextChunk(reader: Reader): string {
    let chunk = '';
    const missed = this.#window.oldest - reader.last - 1;
    if (missed > 0) chunk += formatEvent({ event: 'missed', data: JSON.stringify({ missed }) });
    for (const held of this.#window.after(reader.last)) {
      reader.last = held.seq;
      if (!passes(reader.filter, held)) continue;
      chunk += formatEvent({ id: formatEventId(this.#start, held.seq), data: held.json });
      if (chunk.length >= CHUNK_LENGTH_MAX) break;
    }
    return chunk;
  }

  #write(reader: Reader, text: string): void {
    if (reader.response.write(text) || reader.stalled !== null) return;
    reader.stalled = new Patience(this.#stallMs, () => {
      this.#dropped += 1;
      reader.response.destroy();
    });
  }

  #isFlowing(reader: Reader): void {
    reader.stalled?.end();
    reader.stalled = null;
  }

  #beat(): void {
    for (const reader of this.#readers) if (reader.stalled === null) this.#write(reader, HEARTBEAT);
  }
}
