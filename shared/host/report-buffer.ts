import type { Report, ReportSink } from '../report.ts';
import { REPORTS_PER_S_MAX, ReportRate } from './report-rate.ts';

/** Reports that wait at most; when more come, the oldest are dropped and counted. */
export const WAITING_MAX = 10_000;
/** Reports handed over in one write. */
export const BATCH_MAX = 500;
/** How long a report may wait for others to share its write, in milliseconds. */
const LINGER_MS = 20;
/** Pause after a failed write, in milliseconds. */
export const RETRY_MS = 1_000;
/** Between two reports that say how many are missing, in milliseconds. */
export const LOST_PAUSE_MS = 1_000;

/**
 * Stands between a program and the stream of reports, so that reporting never blocks, slows or breaks the service: a
 * bounded buffer that a sender empties in the background. What overflows is counted and reported in its turn.
 */
export class ReportBuffer {
  readonly #sink: ReportSink;
  readonly #onTrouble: (error: Error) => void;
  #waiting: Report[] = [];
  readonly #rate = new ReportRate();
  #dropped = 0;
  #lostAndReported = 0;
  #lostPause: NodeJS.Timeout | undefined;
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

  /** Whether the next report would be told; where not, `take` only counts it. */
  get hasRoom(): boolean {
    return this.#rate.hasRoom && !(this.#failing && this.#waiting.length >= WAITING_MAX);
  }

  /** Takes the report that `make` makes, or counts it where more come than anybody could read: then it is not made. */
  offer(make: () => Report): void {
    if (this.#closed) return;
    if (!this.hasRoom) this.#rate.leaveOut(1);
    else if (this.#rate.take()) this.add(make());
  }

  /** Counts reports that were not even offered, because there was no room. */
  leaveOut(count: number): void {
    this.#rate.leaveOut(count);
  }

  add(report: Report): void {
    if (this.#closed) return;
    if (this.#waiting.length >= WAITING_MAX) this.#dropOldest(BATCH_MAX);
    this.#enqueue(report);
  }

  #enqueue(report: Report): void {
    this.#waiting.push(report);
    if (this.#sending === undefined && this.#timer === undefined && !this.#closed) this.#schedule(LINGER_MS);
  }

  /** Hands over what waits, once, then closes the sink. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#lostPause);
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
    this.#reportLost(batch.at(-1));
    return true;
  }

  #dropOldest(count: number): void {
    this.#dropped += this.#waiting.splice(0, Math.max(0, count)).length;
  }

  /** Tells what is missing, once the stream takes reports again; `like` says whose buffer this is. */
  #reportLost(like: Report | undefined): void {
    const { leftOut } = this.#rate;
    const lost = this.#dropped + leftOut - this.#lostAndReported;
    if (lost === 0 || like === undefined || this.#lostPause !== undefined) return;
    this.#lostAndReported += lost;
    if (!this.#closed) this.#pauseLost(like);
    this.#enqueue({
      at: like.at,
      host: like.host,
      program: like.program,
      pid: like.pid,
      kind: 'lab.reports-lost',
      exchange: `${like.host}.lost`,
      summary: `${lost} reports of ${like.host} are missing`,
      message: { lost },
      because:
        leftOut > 0
          ? `more than ${REPORTS_PER_S_MAX} a second came, which nobody could read; the service went on`
          : `the stream of reports took none for so long that more than ${WAITING_MAX} waited; the oldest were dropped`,
    });
  }

  /** What is lost during the pause is told at its end. */
  #pauseLost(like: Report): void {
    this.#lostPause = setTimeout(() => {
      this.#lostPause = undefined;
      this.#reportLost(like);
    }, LOST_PAUSE_MS);
    this.#lostPause.unref();
  }
}
