import { join } from 'node:path';
import { DiskIndex } from './disk-index.ts';
import { type DiskLimits, DiskStore } from './disk-store.ts';
import { StoreBoard } from './store-board.ts';
import { TieredStore } from './tiered-store.ts';

/** Up to here an object is held in memory as a whole, unless that were more than the share of the memory. */
const MEMORY_OBJECT_OCTETS_MAX = 1_048_576;
const MEMORY_OBJECT_SHARE = 1 / 8;
/** Without a disk memory is all there is: one object may take half of it. */
const LONELY_OBJECT_SHARE = 1 / 2;

export interface StorePlan {
  readonly memoryOctetsMax: number;
  readonly objectOctetsMax: number;
  /** 0: nothing is kept on the disk. */
  readonly diskOctetsMax: number;
  readonly diskEntriesMax: number;
  /** The program's own folder, for what must last. */
  readonly stateDir: string;
}

interface Log {
  warn(text: string): void;
  info(text: string): void;
}

/** The store of one thread. @param shared the board's memory, where another thread has made it */
export function openStore(
  plan: StorePlan,
  log: Log,
  isShared = false,
  shared: SharedArrayBuffer | null = null,
): TieredStore {
  const limits: DiskLimits = {
    folder: join(plan.stateDir, 'cache'),
    octetsMax: plan.diskOctetsMax,
    entriesMax: plan.diskEntriesMax,
  };
  const hasDisk = plan.diskOctetsMax > 0 && plan.diskEntriesMax > 0;
  const board = new StoreBoard(shared ?? DiskIndex.octetsFor(hasDisk ? plan.diskEntriesMax : 0), isShared);
  const disk = hasDisk ? new DiskStore(board, limits, log) : null;
  // The first thread makes the folders; the others find them.
  if (shared === null && disk !== null) {
    disk.open();
    void disk.indexAll();
  }
  const memoryObjectOctetsMax = hasDisk
    ? Math.min(MEMORY_OBJECT_OCTETS_MAX, plan.memoryOctetsMax * MEMORY_OBJECT_SHARE)
    : Math.min(plan.objectOctetsMax, plan.memoryOctetsMax * LONELY_OBJECT_SHARE);
  const { memoryOctetsMax, objectOctetsMax } = plan;
  return new TieredStore(board, { memoryOctetsMax, objectOctetsMax, memoryObjectOctetsMax }, disk);
}
