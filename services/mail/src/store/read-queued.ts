import { toCrlf } from '../protocol/line-ends.ts';
import type { QueueEntry } from '../protocol/mail-queue.ts';
import { readHeaderSection, readSmall } from './message-file.ts';
import type { QueueStore } from './queue-store.ts';
import { beginningOf } from './queued-message.ts';

/** A message up to this size is read at once, in octets: twenty connections then hold some megabytes at most. */
const AT_ONCE_OCTETS_MAX = 128 * 1024;

/** The octets of a message in the queue as `QueueStore.read` gives them, at once; null when it is larger. */
export function readQueuedAtOnce(store: QueueStore, entry: QueueEntry): Uint8Array | null {
  const small = readSmall(store.file(entry).path, AT_ONCE_OCTETS_MAX);
  return small === null ? null : toCrlf(small.octets.subarray(beginningOf(entry.reversePath).length));
}

/** The header section of a message in the queue, without the line for the final delivery and with CRLF line ends. */
export function readQueuedHeader(store: QueueStore, entry: QueueEntry): Uint8Array {
  const { text } = readHeaderSection(store.file(entry).path);
  return toCrlf(Buffer.from(text, 'latin1').subarray(beginningOf(entry.reversePath).length));
}
