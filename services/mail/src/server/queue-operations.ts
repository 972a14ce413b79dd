import type { QueueRunner } from './queue-runner.ts';

/** What a person can do with one entry of the queue, and what it does. */
export const ENTRY_OPERATIONS = {
  retry: 'Tries it now, also when it was held',
  hold: 'Keeps it back until it is released',
  release: 'Lets it go on',
  bounce: 'Gives it back to its sender now, with a report',
} as const;

export type EntryOperation = keyof typeof ENTRY_OPERATIONS | 'drop';

/** Does it. False when there is no such entry. */
export function operate(queue: QueueRunner, operation: EntryOperation, id: string): Promise<boolean> {
  switch (operation) {
    case 'retry':
      return queue.retryNow(id);
    case 'hold':
      return queue.hold(id);
    case 'release':
      return queue.release(id);
    case 'bounce':
      return queue.bounceNow(id);
    case 'drop':
      return queue.drop(id);
  }
}
