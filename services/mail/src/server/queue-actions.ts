import { z } from 'zod';
import { type Action, action } from '#shared/host/program.ts';
import type { QueueRunner } from './queue-runner.ts';

const one = z.strictObject({ id: z.string() });
const oneOrAll = z.strictObject({ id: z.string().optional() });

/** What people may do with the queue, as actions of the control API. */
export function queueActions(queue: QueueRunner): Readonly<Record<string, Action>> {
  return {
    flush: action('Tries to deliver everything that waits in the queue, now.', z.object({}), () => ({
      entries: queue.flush(),
    })),
    hold: action(
      'Holds a message back: { id }; or the whole queue, which then begins nothing',
      oneOrAll,
      async ({ id }) => ({
        held: id === undefined ? await queue.setHeld(true).then(() => true) : await queue.hold(id),
      }),
    ),
    release: action('Lets a message go that was held: { id }; or the whole queue', oneOrAll, async ({ id }) => ({
      released: id === undefined ? await queue.setHeld(false).then(() => true) : await queue.release(id),
    })),
    retry: action('Tries a message at once: { id }', one, async ({ id }) => ({ tried: await queue.retryNow(id) })),
    bounce: action('Gives up a message, and tells its sender: { id }', one, async ({ id }) => ({
      bounced: await queue.bounceNow(id),
    })),
    drop: action('Removes a message from the queue, and tells nobody: { id }', one, async ({ id }) => ({
      dropped: await queue.drop(id),
    })),
  };
}
