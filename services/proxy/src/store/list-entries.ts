import type { Slot } from './disk-index.ts';
import type { DiskStore } from './disk-store.ts';
import type { Entry } from './entry.ts';
import type { MemoryTier } from './memory-tier.ts';
import type { StoredEntry, StoredPage } from './response-store.ts';

/** A page of all entries: those that memory alone has come first, then those on the disk, the one used last first. */
export async function listEntries(
  memory: MemoryTier,
  disk: DiskStore | null,
  from: number,
  count: number,
): Promise<StoredPage> {
  const here = memory.records().flatMap(({ entries }) => entries);
  const alone = here.filter((entry) => !disk?.has(entry.place));
  const known = new Map(here.map((entry) => [entry.place?.slot.at ?? 0, entry]));
  const first = alone.slice(from, from + count);
  const slots = disk?.index.byUse(Math.max(0, from - alone.length), count - first.length) ?? [];
  const entries = await Promise.all([
    ...first.map((entry) => show(disk, entry)),
    ...slots.map((slot) => {
      const entry = known.get(slot.at);
      return show(disk, entry !== undefined && disk?.has(entry.place) ? entry : slot);
    }),
  ]);
  return {
    total: alone.length + (disk?.index.count ?? 0),
    entries: entries.filter((entry) => entry !== null),
  };
}

async function show(disk: DiskStore | null, one: Entry | Slot): Promise<StoredEntry | null> {
  if (!('head' in one)) {
    const found = await disk!.read(one, null);
    return found === null ? null : { head: found.head, uses: disk!.index.uses(one), tier: 'disk' };
  }
  const { head, place, memory, filling } = one;
  const isOnDisk = disk?.has(place) ?? false;
  const uses = one.uses + (isOnDisk ? disk!.index.uses(place!.slot) : 0);
  if (filling !== null) return { head, uses, tier: 'coming' };
  if (!isOnDisk) return { head, uses, tier: 'memory' };
  return { head, uses, tier: memory === null ? 'disk' : 'memory and disk' };
}
