import type { ImapParser } from '../protocol/imap/parser.ts';
import type { Reply } from '../protocol/imap/response.ts';
import type { AnnouncedMessage } from './imap-message.ts';
import type { ImapSession } from './imap-session.ts';

/** What the numbers of a command count: messages, or, behind `UID`, UIDs. */
export type By = 'number' | 'uid';

/** The one shape of all commands; each is a file of `imap-commands/`. */
export interface ImapCommand<Arguments> {
  readonly name: string;
  /** Reads what stands behind the name, its blank included. @throws ProtocolViolation, which becomes BAD */
  parse(parser: ImapParser, by: By): Arguments;
  /** Null when the client has its reply already. @throws Refusal when it cannot be done */
  run(session: ImapSession, given: Arguments, by: By): Promise<Reply | null>;
  /** Message numbers must not move while it is answered (RFC 3501, section 7.4.1). */
  readonly keepsNumbers?: boolean;
  /** For a command whose last argument is a whole message: whether it may come. @throws Refusal */
  admitMessage?(session: ImapSession, given: Arguments, announced: AnnouncedMessage): Promise<void>;
}

/** A command with its arguments, ready to run. */
export interface PreparedCommand {
  readonly name: string;
  readonly keepsNumbers: boolean;
  run(session: ImapSession): Promise<Reply | null>;
  readonly admitMessage: ((session: ImapSession, announced: AnnouncedMessage) => Promise<void>) | null;
}

/** A command whose type of arguments is known to nobody but itself. */
export interface AnyCommand {
  readonly name: string;
  readonly takesMessage: boolean;
  prepare(parser: ImapParser, by?: By): PreparedCommand;
}

export function command<Arguments>(described: ImapCommand<Arguments>): AnyCommand {
  const { name, keepsNumbers = false, admitMessage } = described;
  return {
    name,
    takesMessage: admitMessage !== undefined,
    prepare: (parser, by = 'number') => {
      const given = described.parse(parser, by);
      parser.end();
      return {
        name,
        keepsNumbers: keepsNumbers && by === 'number',
        run: (session) => described.run(session, given, by),
        admitMessage:
          admitMessage === undefined ? null : (session, announced) => admitMessage(session, given, announced),
      };
    },
  };
}

/** `parse` of a command without arguments. */
export function nothing(): null {
  return null;
}
