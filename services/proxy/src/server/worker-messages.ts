/** What the main thread and the threads that serve clients ask of each other. */
import type { ThreadIdentity } from '#shared/host/thread-host.ts';
import type { Config } from '../config.ts';
import type { Mode } from '../protocol/stored-response.ts';

/** What a worker is started with: its share of the limits, and who the host is. */
export interface WorkerTask {
  readonly config: Config;
  readonly mode: Mode;
  /** The board and the index of the store. */
  readonly memory: SharedArrayBuffer;
  readonly identity: ThreadIdentity;
}

/** What the main thread asks of a worker, besides to start and to stop. */
export type ToWorker = { readonly do: 'tally' } | { readonly do: 'mode'; readonly mode: Mode };

/** What a worker asks of the main thread, besides what its host needs. */
export type ToMain =
  | { readonly do: 'look'; readonly from: number; readonly count: number }
  | { readonly do: 'purge'; readonly url: string | undefined }
  | { readonly do: 'mode'; readonly mode: Mode };
