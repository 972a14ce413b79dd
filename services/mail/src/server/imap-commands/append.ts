import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { keywordsIn, toLetters } from '../../protocol/imap/flags.ts';
import { ImapParser } from '../../protocol/imap/parser.ts';
import { ok, Refusal } from '../../protocol/imap/response.ts';
import { formatSequenceSet } from '../../protocol/imap/sequence-set.ts';
import type { AddedMessages, Mailbox, NewMessage } from '../../store/mailbox.ts';
import { command } from '../imap-command.ts';
import type { AnnouncedMessage } from '../imap-message.ts';
import type { ImapSession } from '../imap-session.ts';

/** What stands before a message. */
interface MessageOptions {
  readonly flags: readonly string[];
  /** Null for now. */
  readonly arrivedAt: number | null;
}

/** Messages of one command: all are in tmp before the first of them appears. */
const MESSAGES_MAX = 1000;

/**
 * RFC 3501, section 6.3.11; several messages, all or none, of RFC 3502; UIDs of RFC 4315, section 3. A message is written as it
 * comes, and belongs to the mailbox only when the command is whole.
 */
export const append = command({
  name: 'APPEND',
  parse: (parser) => ({ mailbox: parser.sp().mailbox(), first: parseOptions(parser) }),
  admitMessage: async (session, { mailbox, first }, announced) => {
    const into = await session.mailbox(mailbox, 'TRYCREATE');
    await into.messages();
    await admit(session, into, first, announced);
  },
  run: async (session, { mailbox, first }) => {
    const into = await session.mailbox(mailbox, 'TRYCREATE');
    const added = await into.add(incomingMessages(session, into, first));
    return ok('What came is in the mailbox', appendUid(added));
  },
});

async function* incomingMessages(
  session: ImapSession,
  into: Mailbox,
  first: MessageOptions,
): AsyncGenerator<NewMessage> {
  const incoming = session.wire.messages();
  let options = first;
  for (let count = 1; ; count += 1) {
    const { flags, arrivedAt } = options;
    const letters = toLetters(flags, into.keywords);
    yield { message: incoming.octets(), flags: letters, ...(arrivedAt === null ? {} : { arrivedAt }) };
    const announced = await incoming.next();
    if (announced === null) return;
    if (count >= MESSAGES_MAX) throw new Refusal('NO', 'LIMIT', `One command brings ${MESSAGES_MAX} messages at most`);
    options = parseNext(announced);
    await admit(session, into, options, announced, incoming.admittedOctets);
    incoming.admit();
  }
}

/** @param octetsBefore of messages of the same command @throws Refusal for what would be refused when it has come */
async function admit(
  { parts, account }: ImapSession,
  into: Mailbox,
  { flags }: MessageOptions,
  { octets }: AnnouncedMessage,
  octetsBefore = 0,
): Promise<void> {
  if (octets > parts.messageOctetsMax)
    throw new Refusal('NO', 'TOOBIG', `A message has ${parts.messageOctetsMax} octets at most`);
  // RFC 3502, section 6.3.11: a client that changes its mind sends a message without octets.
  if (octets === 0) throw new Refusal('NO', null, 'A message is not empty');
  // RFC 9208, section 4.1.4: said before the message comes.
  if (!(await parts.mailboxes.hasRoom(account, octetsBefore + octets)))
    throw new Refusal('NO', 'OVERQUOTA', 'The mailboxes of the account are full');
  // RFC 5530, section 3: OVERQUOTA is what a client takes for "no room"; LIMIT is for a limit of the program itself.
  if (!parts.mailboxes.hasDiskFor(octetsBefore + octets))
    throw new Refusal('NO', 'OVERQUOTA', 'The disk has no room for it');
  if (!(await into.addKeywords(keywordsIn(flags)))) throw new Refusal('NO', 'LIMIT', 'There are too many keywords');
}

/** Nothing is said of a message that another session has removed already. */
function appendUid({ uidValidity, uids }: AddedMessages): string | undefined {
  return uids.length === 0 ? undefined : `APPENDUID ${uidValidity} ${formatSequenceSet(uids)}`;
}

function parseOptions(parser: ImapParser): MessageOptions {
  parser.sp();
  const hasFlags = parser.isAt('(');
  const flags = hasFlags ? parser.flagList() : [];
  if (hasFlags) parser.sp();
  const arrivedAt = parser.isAt('"') ? parser.dateTime() : null;
  if (arrivedAt !== null) parser.sp();
  return { flags, arrivedAt };
}

/** @throws Refusal BAD: the command runs already */
function parseNext({ pieces }: AnnouncedMessage): MessageOptions {
  try {
    const parser = new ImapParser(pieces);
    const options = parseOptions(parser);
    parser.end();
    return options;
  } catch (error) {
    throw error instanceof ProtocolViolation ? new Refusal('BAD', null, error.message) : error;
  }
}
