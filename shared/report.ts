/**
 * A report: one thing that happened on a host, told to the observatory.
 *
 * Reports are grouped by `exchange`: a question and its answer carry the same one. `cause` is the exchange that made
 * this one necessary (a page needs a name, a name needs three referrals); it is carried from host to host where the
 * protocol has room for it: see `shared/exchange.ts`.
 */

/** One end of a message. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What a program tells; the host adds the rest. */
export interface ReportInput {
  /** When it happened (see `Report`), where it is told only later; now when absent. */
  readonly at?: number | undefined;
  /** Protocol, a full stop, and what it is: `dns.query`, `http.response`, `smtp.command`, `bittorrent.piece`. */
  readonly kind: string;
  /** Who sent the message; absent for a decision that sent nothing. */
  readonly from?: Endpoint | undefined;
  readonly to?: Endpoint | undefined;
  /** Groups a question with its answer. */
  readonly exchange: string;
  /** The exchange that made this one necessary. */
  readonly cause?: string | undefined;
  /** The message in one line, as a person of the field would write it. */
  readonly summary: string;
  /** The fields of the message, by the names that the RFC gives them. Plain JSON. */
  readonly message?: object | undefined;
  /** Why the program did this, in a sentence: the reason of its policy. */
  readonly because?: string | undefined;
}

/** A report as the observatory receives it. */
export interface Report extends Omit<ReportInput, 'at'> {
  /** Milliseconds since 1970 by the machine's clock (not the lab's), with a fraction. */
  readonly at: number;
  readonly host: string;
  readonly program: string;
  /** The process, as its own machine counts; in the embedded lab one process is all hosts. */
  readonly pid: number;
}

/** Takes reports away from a host. Rejects when they could not be handed over; the sender then tries again. */
export interface ReportSink {
  write(reports: readonly Report[]): Promise<void>;
  close(): Promise<void>;
}

/** Gives reports to the observatory, in the order of their arrival. */
export interface ReportSource {
  /** Calls `take` for each report that arrives from now on; returns what ends it. */
  subscribe(take: (report: Report) => void): () => void;
  close(): Promise<void>;
}

/** `10.53.1.1:53`, as reports and logs print an endpoint. */
export function formatEndpoint(endpoint: Endpoint): string {
  return `${endpoint.address}:${endpoint.port}`;
}
