/**
 * A record of the queue's journal: the new state of one or several entries, in a line of its own. What stands in one line
 * belongs together: after a crash all of it counts or nothing.
 *
 *     9f3c51d2 [{"id":"mhy1w5rk00a4f2c","recipients":[…],…}]\n
 *     CRC-32   the entries as JSON, each whole: the last line that names an entry says how it stands
 *     of the rest
 */
import type { QueueEntry } from './mail-queue.ts';

/** What a checksum is made with: `crc32` of node:zlib. */
export type Checksum = (text: string) => number;

const SUM_DIGITS = 8;

export function formatQueueRecord(entries: readonly QueueEntry[], checksum: Checksum): string {
  const text = JSON.stringify(entries);
  return `${formatSum(checksum(text))} ${text}\n`;
}

/** Null for a line that was cut off or damaged. */
export function parseQueueRecord(line: string, checksum: Checksum): readonly QueueEntry[] | null {
  const text = line.slice(SUM_DIGITS + 1);
  if (line.slice(0, SUM_DIGITS + 1) !== `${formatSum(checksum(text))} `) return null;
  try {
    const entries: unknown = JSON.parse(text);
    return Array.isArray(entries) && entries.every(isEntry) ? entries : null;
  } catch {
    return null;
  }
}

function formatSum(sum: number): string {
  return sum.toString(16).padStart(SUM_DIGITS, '0');
}

/** The checksum says that we wrote it; this says that it was written as an entry. */
function isEntry(value: unknown): value is QueueEntry {
  const { id, recipients } = (value ?? {}) as Partial<QueueEntry>;
  return typeof id === 'string' && /^[0-9a-z]+$/.test(id) && Array.isArray(recipients);
}
