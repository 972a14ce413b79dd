import { toFlags, toLetters } from '../protocol/imap/flags.ts';
import type { AddedMessages, Mailbox, NewMessage } from './mailbox.ts';

/** A message that was to be copied is gone. */
export class MessageGone extends Error {
  override readonly name = 'MessageGone';
}

/**
 * Copies messages with their flags and times, all or none. The keywords must have been added to the receiving mailbox.
 * @throws MessageGone when one of them is not there any more
 */
export function copyMessages(from: Mailbox, to: Mailbox, uids: readonly number[]): Promise<AddedMessages> {
  return to.add(readAll(from, to, uids));
}

async function* readAll(from: Mailbox, to: Mailbox, uids: readonly number[]): AsyncGenerator<NewMessage> {
  for (const uid of uids) {
    const message = await from.read(uid);
    const stored = from.stored(uid);
    const arrivedAt = await from.arrivedAt(uid);
    if (message === null || stored === null || arrivedAt === null) {
      await message?.return();
      throw new MessageGone('A message is gone');
    }
    try {
      // A keyword may have another letter there.
      yield { message, flags: toLetters(toFlags(stored.flags, from.keywords), to.keywords), arrivedAt };
    } finally {
      await message.return();
    }
  }
}
