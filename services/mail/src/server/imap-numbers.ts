import { Refusal } from '../protocol/imap/response.ts';
import { chooseFrom, largestIn, type SequenceSet } from '../protocol/imap/sequence-set.ts';
import type { By } from './imap-command.ts';
import type { SelectedMailbox } from './imap-selected.ts';

/**
 * The UIDs of the messages that a command names. A UID that is not there is passed over (RFC 3501, section 6.4.8); a number
 * beyond the last one is an error (section 9, `seq-number`).
 */
export function chooseUids({ view }: SelectedMailbox, set: SequenceSet, by: By): number[] {
  if (by === 'uid') return chooseFrom(view.uids, set);
  if (largestIn(set) > view.exists)
    throw new Refusal(
      'BAD',
      null,
      `There are ${view.exists} messages`,
      'a message sequence number is at most their count',
    );
  const numbers = view.uids.map((_, index) => index + 1);
  return chooseFrom(numbers, set).map((number) => view.uids[number - 1]!);
}

/** For a command that met messages which another session has removed, and of which this client cannot know. */
export function expungeIssued(): Refusal {
  return new Refusal(
    'NO',
    'EXPUNGEISSUED',
    'Some of the messages no longer exist',
    'another session removed them; the client is told when numbers may move',
  );
}
