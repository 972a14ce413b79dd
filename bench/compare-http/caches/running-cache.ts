import type { Cache } from '../client.ts';

/** A cache that runs in front of the origin. */
export interface RunningCache extends Cache {
  readonly version: string;
  stop(): Promise<void>;
}
