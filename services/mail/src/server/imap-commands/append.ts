import { keywordsIn, toLetters } from '../../protocol/imap/flags.ts';
import type { ImapParser } from '../../protocol/imap/parser.ts';
import { ok, Refusal } from '../../protocol/imap/response.ts';
import { formatSequenceSet } from '../../protocol/imap/sequence-set.ts';
import type { AddedMessages } from '../../store/mailbox.ts';
import { command } from '../imap-command.ts';

interface AppendArguments {
  readonly mailbox: string;
  readonly flags: readonly string[];
  /** Null for now. */
  readonly arrivedAt: number | null;
}

/** RFC 3501, section 6.3.11, with the UID of RFC 4315, section 3. The message is written as it comes, and belongs to the mailbox only when it is whole. */
export const append = command({
  name: 'APPEND',
  parse: parseAppend,
  admitMessage: async (session, { mailbox, flags }, octets) => {
    const { messageOctetsMax } = session.parts;
    if (octets > messageOctetsMax)
      throw new Refusal('NO', 'TOOBIG', `A message has ${messageOctetsMax} octets at most`);
    if (octets === 0) throw new Refusal('NO', null, 'A message is not empty');
    const into = await session.mailbox(mailbox, 'TRYCREATE');
    await into.messages();
    if (!(await into.addKeywords(keywordsIn(flags)))) throw new Refusal('NO', 'LIMIT', 'There are too many keywords');
  },
  run: async (session, { mailbox, flags, arrivedAt }) => {
    const into = await session.mailbox(mailbox, 'TRYCREATE');
    const message = session.wire.message();
    const letters = toLetters(flags, into.keywords);
    const added = await into.add([{ message, flags: letters, ...(arrivedAt === null ? {} : { arrivedAt }) }]);
    return ok('The message is in the mailbox', appendUid(added));
  },
});

/** Nothing is said of a message that another session has removed already. */
function appendUid({ uidValidity, uids }: AddedMessages): string | undefined {
  return uids.length === 0 ? undefined : `APPENDUID ${uidValidity} ${formatSequenceSet(uids)}`;
}

function parseAppend(parser: ImapParser): AppendArguments {
  const mailbox = parser.sp().mailbox();
  parser.sp();
  const hasFlags = parser.isAt('(');
  const flags = hasFlags ? parser.flagList() : [];
  if (hasFlags) parser.sp();
  const arrivedAt = parser.isAt('"') ? parser.dateTime() : null;
  if (arrivedAt !== null) parser.sp();
  return { mailbox, flags, arrivedAt };
}
