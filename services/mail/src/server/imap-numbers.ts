import { Refusal } from '../protocol/imap/response.ts';
import { largestIn, numbersIn, placesOf, type SequenceSet } from '../protocol/imap/sequence-set.ts';
import type { By } from './imap-command.ts';
import type { ImapSession } from './imap-session.ts';

/**
 * The numbers of the messages that a command names, which stay true until the client is told something. A UID that is not
 * there is passed over (RFC 3501, section 6.4.8); a number beyond the last one is an error (section 9, `seq-number`).
 */
export function chooseNumbers(
  { selected, saved }: Pick<ImapSession, 'selected' | 'saved'>,
  set: SequenceSet,
  by: By,
): number[] {
  const { view } = selected;
  if (set === '$') return saved.map((uid) => view.numberOf(uid)).filter((number) => number > 0);
  if (by === 'uid') return placesOf(view.uids, set).map((place) => place + 1);
  const largest = largestIn(set);
  if (largest > view.exists)
    throw new Refusal(
      'BAD',
      null,
      `There is no message ${largest}: the mailbox has ${view.exists}`,
      'a message sequence number is at most their count',
    );
  return numbersIn(set, view.exists);
}

/** The UIDs of these messages. */
export function chooseUids(session: ImapSession, set: SequenceSet, by: By): number[] {
  const { uids } = session.selected.view;
  return chooseNumbers(session, set, by).map((number) => uids[number - 1]!);
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
