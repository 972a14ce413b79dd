import type { Report, ReportSink } from '../report.ts';

/** Reports that wait at most; when more come, the oldest are dropped and counted. */
export const WAITING_MAX = 10_000;
/** Reports handed over in one write. */
export const BATCH_MAX = 500;
/** How long a report may wait for others to share its write, in milliseconds. */
const LINGER_MS = 20;
/** Pause after a failed write, in milliseconds. */
export const RETRY_MS = 1_000;

/**
 * Stands between a program and the stream of reports, so that reporting never blocks, slows or breaks the service: a
 * bounded buffer that a sender empties in the background. What overflows is counted and reported in its turn.
 */
export class ReportBuffer {
  readonly #sink: ReportSink;
  readonly #onTrouble: (error: Error) => void;
  #waiting: Report[] = [];
  #dropped = 0;
  #droppedAndReported = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #failing = false;
  #closed = false;

  constructor(sink: ReportSink, onTrouble: (error: Error) => void) {
    this.#sink = sink;
    this.#onTrouble = onTrouble;
  }

  /** Reports lost since the start because the stream was slower than the program. */
  get dropped(): number {
    return this.#dropped;
  }

  add(report: Report): void {
    if (this.#closed) return;
    if (this.#waiting.length >= WAITING_MAX) this.#dropOldest(BATCH_MAX);
    this.#waiting.push(report);
    if (this.#sending === undefined && this.#timer === undefined) this.#schedule(LINGER_MS);
  }

  /** Hands over what waits, once, then closes the sink. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#sending;
    while (this.#waiting.length > 0 && (await this.#writeBatch())) {}
    await this.#sink.close();
  }

  #schedule(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#sending = this.#send();
    }, delayMs);
    this.#timer.unref();
  }

  async #send(): Promise<void> {
    const written = await this.#writeBatch();
    this.#sending = undefined;
    if (this.#waiting.length > 0 && !this.#closed) this.#schedule(written ? 0 : RETRY_MS);
  }

  /** Writes the oldest reports; when the sink refuses them they wait again. */
  async #writeBatch(): Promise<boolean> {
    const batch = this.#waiting.splice(0, BATCH_MAX);
    try {
      await this.#sink.write(batch);
    } catch (error) {
      this.#waiting.unshift(...batch);
      this.#dropOldest(this.#waiting.length - WAITING_MAX);
      if (!this.#failing) this.#onTrouble(error as Error);
      this.#failing = true;
      return false;
    }
    this.#failing = false;
    this.#reportDropped(batch.at(-1));
    return true;
  }

  #dropOldest(count: number): void {
    this.#dropped += this.#waiting.splice(0, Math.max(0, count)).length;
  }

  /** Tells what is missing, once the stream takes reports again; `like` says whose buffer this is. */
  #reportDropped(like: Report | undefined): void {
    const lost = this.#dropped - this.#droppedAndReported;
    if (lost === 0 || like === undefined) return;
    this.#droppedAndReported = this.#dropped;
    this.#waiting.push({
      at: like.at,
      host: like.host,
      program: like.program,
      pid: like.pid,
      kind: 'lab.reports-lost',
      exchange: `${like.host}.lost`,
      summary: `${lost} reports of ${like.host} are missing`,
      message: { lost },
      because: `the stream of reports took none for so long that more than ${WAITING_MAX} waited; the oldest were dropped`,
    });
  }
}
