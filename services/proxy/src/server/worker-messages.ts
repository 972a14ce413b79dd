/** What the main thread and the threads that serve clients ask of each other. */
import type { Report } from '#shared/report.ts';
import type { Config } from '../config.ts';
import type { Mode } from '../protocol/stored-response.ts';

/** What a worker is started with: its share of the limits, and who the host is. */
export interface WorkerTask {
  readonly config: Config;
  readonly mode: Mode;
  /** The board and the index of the store. */
  readonly memory: SharedArrayBuffer;
  /** How far lab time is ahead of the machine's, in milliseconds: one number that the main thread writes. */
  readonly ahead: SharedArrayBuffer;
  readonly name: string;
  readonly address: string;
  readonly net: string;
  /** What is added to ports below 1024. */
  readonly lowPortsBy: number;
  readonly dir: string;
  readonly stateDir: string;
  readonly logLevel: string;
}

/** What the main thread asks of a worker. */
export type ToWorker =
  | { readonly do: 'start' }
  | { readonly do: 'stop' }
  | { readonly do: 'tally' }
  | { readonly do: 'mode'; readonly mode: Mode };

/** What a worker asks of the main thread. */
export type ToMain =
  | { readonly do: 'addresses'; readonly name: string; readonly cause: string | undefined }
  | { readonly do: 'look'; readonly from: number; readonly count: number }
  | { readonly do: 'purge'; readonly url: string | undefined }
  | { readonly do: 'mode'; readonly mode: Mode }
  | { readonly do: 'reports'; readonly reports: readonly Report[] }
  | { readonly do: 'log'; readonly line: string };
