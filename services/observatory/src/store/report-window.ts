import type { Report } from '#shared/report.ts';

/** Longest report that is kept whole, in octets of JSON; of a longer one the message is left out. */
const REPORT_BYTES_MAX = 64 * 1024;
/** Characters that are kept of the summary and the reason of a report that is too long. */
const TEXT_LENGTH_MAX = 500;
/** Places at the front of the list that may be empty before it is moved together. */
const EMPTY_PLACES_MAX = 1_024;

/** What a window holds: a report, or what is left of one that was cut down. */
interface Windowed extends Pick<Report, 'at' | 'host' | 'kind' | 'exchange' | 'cause' | 'because'> {
  readonly program?: string;
  readonly from?: object | undefined;
  readonly to?: object | undefined;
  readonly summary?: string;
}

/** A report in the window: what it is found by, and the JSON text that is sent, made once. */
export interface HeldReport {
  /** Its number, from 1, in the order of arrival. */
  readonly seq: number;
  readonly host: string;
  readonly kind: string;
  readonly exchange: string;
  readonly cause: string | undefined;
  readonly json: string;
  /** Octets of `json`. */
  readonly bytes: number;
}

/** The last reports, bounded in number and in octets. Numbers go up by one and are never used again. */
export class ReportWindow {
  readonly #limits: { readonly reports: number; readonly bytes: number };
  #held: (HeldReport | undefined)[] = [];
  /** Index in #held of the oldest report. */
  #front = 0;
  #newest = 0;
  #bytes = 0;

  constructor(limits: { readonly reports: number; readonly bytes: number }) {
    this.#limits = limits;
  }

  /** Number of the newest report, 0 before the first. */
  get newest(): number {
    return this.#newest;
  }

  /** Number of the oldest report that is held; one more than the newest when there is none. */
  get oldest(): number {
    return this.#newest - this.size + 1;
  }

  get size(): number {
    return this.#held.length - this.#front;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The report with the number `seq`, if it is still held. */
  at(seq: number): HeldReport | undefined {
    return seq < this.oldest ? undefined : this.#held[this.#front + seq - this.oldest];
  }

  /** The held reports with numbers above `seq`, oldest first. */
  *after(seq: number): Generator<HeldReport> {
    for (let next = Math.max(seq + 1, this.oldest); next <= this.#newest; next += 1) {
      const held = this.at(next);
      if (held !== undefined) yield held;
    }
  }

  add(report: Windowed): HeldReport {
    this.#newest += 1;
    const json = jsonOf(this.#newest, report);
    const bytes = Buffer.byteLength(json);
    const { host, kind, exchange, cause } = report;
    const held = { seq: this.#newest, host, kind, exchange, cause, json, bytes };
    this.#held.push(held);
    this.#bytes += bytes;
    while (this.size > this.#limits.reports || (this.#bytes > this.#limits.bytes && this.size > 1)) this.#dropOldest();
    return held;
  }

  #dropOldest(): void {
    this.#bytes -= this.#held[this.#front]?.bytes ?? 0;
    this.#held[this.#front] = undefined;
    this.#front += 1;
    if (this.#front < EMPTY_PLACES_MAX) return;
    this.#held = this.#held.slice(this.#front);
    this.#front = 0;
  }
}

function jsonOf(seq: number, report: Windowed): string {
  let omitted: string;
  try {
    const json = JSON.stringify({ seq, ...report });
    if (json.length <= REPORT_BYTES_MAX && Buffer.byteLength(json) <= REPORT_BYTES_MAX) return json;
    omitted = `the report has more than ${REPORT_BYTES_MAX} octets`;
  } catch (error) {
    omitted = `the message is no plain JSON: ${(error as Error).message}`;
  }
  const { at, host, program, kind, from, to, exchange, cause } = report;
  const summary = cut(report.summary);
  const because = cut(report.because);
  return JSON.stringify({
    seq,
    at,
    host,
    program,
    kind,
    from,
    to,
    exchange,
    cause,
    summary,
    because,
    message: { omitted },
  });
}

function cut(text: string | undefined): string | undefined {
  return text?.slice(0, TEXT_LENGTH_MAX);
}
