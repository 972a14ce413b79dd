import type { Host } from '#shared/host/host.ts';
import type { Config } from '../config.ts';
import type { StorePlan } from '../store/open-store.ts';

/** What the configuration says about the store. */
export function storePlan(config: Config, host: Host): StorePlan {
  return {
    memoryOctetsMax: config.CACHE_BYTES,
    objectOctetsMax: config.OBJECT_BYTES,
    diskOctetsMax: config.DISK_BYTES,
    diskEntriesMax: config.DISK_ENTRIES,
    stateDir: host.stateDir,
  };
}
