import type { Socket } from 'node:net';
import type { CommandPiece, ReaderEvent } from '../protocol/imap/command-reader.ts';
import type { Reply } from '../protocol/imap/response.ts';
import type { ImapState } from '../protocol/imap/session-state.ts';
import { formatCapabilities } from './imap-capabilities.ts';
import { ImapChannel } from './imap-channel.ts';
import type { PreparedCommand } from './imap-command.ts';
import { meetCommandFault, meetConnectFault } from './imap-faults.ts';
import { type AnnouncedMessage, DISCARDED_OCTETS_MAX, IncomingMessages } from './imap-message.ts';
import { withHighestModseq } from './imap-news.ts';
import { isMessageNext, prepareCommand } from './imap-preparation.ts';
import { FAULT, refusalReply } from './imap-refusal.ts';
import { type ImapServing, ImapSession } from './imap-session.ts';
import type { TlsUpgrade } from './upgrade-to-tls.ts';

/** How long a client may be silent before it has said who it is, in milliseconds (RFC 9051, section 5.4, allows less than 30 minutes). */
const LOGIN_IDLE_MS = 60_000;

/** What the state of this program tells of a session. */
export interface ShownSession {
  readonly client: string;
  readonly account: string | null;
  readonly state: ImapState['kind'];
  readonly mailbox: string | null;
}

/** A tag of a length that is not absurd, and nothing behind it but a blank (RFC 9051, section 9: `tag`). */
const TAG = /^[^\x00-\x20\x7f-\xff(){%*"\\+]{1,64}(?= |$)/;

/** One IMAP connection: reads a command, runs it, answers, one after the other. */
export class ImapConnection {
  readonly #parts: ImapServing;
  readonly #channel: ImapChannel;
  readonly #session: ImapSession;
  readonly #idleMs: number;
  /** What the command that is read will be answered, when a literal of it was refused and is thrown away. */
  #refused: { tag: string; reply: Reply } | null = null;

  constructor(parts: ImapServing, tls: TlsUpgrade, socket: Socket, options: { idleMs: number; isSecure: boolean }) {
    this.#parts = parts;
    this.#idleMs = options.idleMs;
    this.#channel = new ImapChannel(parts.host, tls, socket, {
      isSecure: options.isSecure,
      silenceMs: Math.min(options.idleMs, LOGIN_IDLE_MS),
      onSilence: () => this.#bye('Autologout: silent for too long'),
    });
    this.#session = new ImapSession(parts, this.#channel);
  }

  /** The session, for people. */
  get shown(): ShownSession {
    const { state, selectedOrNull } = this.#session;
    const { address, port } = this.#channel.transcript.client;
    const account = state.kind === 'authenticated' || state.kind === 'selected' ? state.account : null;
    return { client: `${address}:${port}`, account, state: state.kind, mailbox: selectedOrNull?.name ?? null };
  }

  /** Serves the client to the end. */
  async run(): Promise<void> {
    const { host, mailHost } = this.#parts;
    const session = this.#session;
    try {
      if (!(await meetConnectFault(session))) return;
      this.#channel.send(`* OK [CAPABILITY ${formatCapabilities(session)}] ${mailHost} Topdown IMAP server ready`);
      for (;;) {
        const event = session.state.kind === 'logout' ? null : await this.#channel.input.next();
        if (event === null) break;
        await this.#take(event);
      }
    } catch (error) {
      host.log.warn(error, 'an IMAP session failed');
    } finally {
      session.end();
      this.#channel.end();
    }
  }

  /** Ends the connection because the server stops. */
  stop(): void {
    this.#bye('The server is stopping');
    setImmediate(() => this.#channel.destroy());
  }

  async #take(event: ReaderEvent): Promise<void> {
    switch (event.kind) {
      case 'command':
        return this.#obey(event.pieces);
      case 'announced':
        return this.#meetLiteral(event);
      case 'too-long':
        this.#channel.transcript.command([event.beginning]);
        this.#refused = null;
        return this.#refuse(event.beginning, { status: 'BAD', text: 'The command is too long' });
      case 'flood':
        return this.#bye('The line has no end');
      default:
        throw new Error(`a literal came that nobody waits for: ${event.kind}`);
    }
  }

  async #obey(pieces: readonly CommandPiece[]): Promise<void> {
    const refused = this.#refused;
    this.#refused = null;
    this.#channel.transcript.command(pieces);
    if (refused !== null) return this.#refuse(refused.tag, refused.reply);
    const prepared = prepareCommand(pieces, this.#session.state, false);
    if (prepared.kind === 'command') await this.#perform(prepared.tag, prepared.command);
    else this.#refuse(prepared.tag, prepared.reply);
  }

  async #perform(tag: string, command: PreparedCommand): Promise<void> {
    const session = this.#session;
    let reply: Reply | null;
    session.tag = tag;
    try {
      reply = (await meetCommandFault(session, command.name)) ?? (await command.run(session));
    } catch (error) {
      reply = refusalReply(error) ?? FAULT;
      if (reply === FAULT) this.#parts.host.log.error(error, 'an IMAP command failed');
    }
    // What another session did is told before the reply, so that it belongs to this command.
    if (session.state.kind !== 'logout') await session.tellNews(!command.keepsNumbers);
    if (reply !== null) this.#channel.reply(tag, withHighestModseq(session, reply));
    if (session.state.kind !== 'not-authenticated') this.#channel.allowSilence(this.#idleMs);
    await this.#channel.drained();
  }

  async #meetLiteral(event: AnnouncedMessage): Promise<void> {
    const { reader } = this.#channel.input;
    const { pieces, octets, isSynchronizing, isBinary } = event;
    if (this.#refused !== null) return this.#passOver(this.#refused, event);
    if (isMessageNext(pieces)) return this.#meetMessage(event);
    const tag = tagOf(String(pieces[0]));
    if (isBinary) {
      const reply = { status: 'BAD', text: 'Only a message may come as a literal8' } as const;
      return this.#passOver({ tag, reply }, event);
    }
    if (!reader.hasRoomFor(octets)) {
      this.#channel.transcript.command([...pieces, `{${octets}}`]);
      this.#refuse(tag, { status: 'BAD', code: 'TOOBIG', text: 'The literal is too large' });
      return this.#bye('The literal is too large');
    }
    if (isSynchronizing) this.#channel.send('+ Ready for the literal');
    reader.accept('hold');
  }

  /** The message of an APPEND: looked at before it comes, so that a client is not asked for what is then refused. */
  async #meetMessage(event: AnnouncedMessage): Promise<void> {
    const channel = this.#channel;
    channel.transcript.command([...event.pieces, `{${event.octets}}`]);
    const prepared = prepareCommand(event.pieces, this.#session.state, true);
    if (prepared.kind === 'refused') return this.#passOver(prepared, event);
    const { tag, command } = prepared;
    try {
      await command.admitMessage?.(this.#session, event);
    } catch (error) {
      return this.#passOver({ tag, reply: refusalReply(error) ?? FAULT }, event);
    }
    const messages = new IncomingMessages(channel.input, event, () => channel.send('+ Ready for the message'));
    channel.incoming = messages;
    messages.admit();
    let isInStep = true;
    const run = async (session: ImapSession) => {
      try {
        return await command.run(session);
      } finally {
        isInStep = await messages.passOver().catch(() => false);
      }
    };
    await this.#perform(tag, { ...command, run });
    channel.incoming = null;
    // A fault on purpose has answered in place of the command, which has read nothing.
    isInStep &&= await messages.passOver().catch(() => false);
    if (!isInStep) this.#bye('What followed the message is too much');
  }

  /** Refuses a literal. One that comes without leave (RFC 7888) is thrown away, and with it the rest of the command. */
  #passOver(refused: { tag: string; reply: Reply }, { octets, isSynchronizing }: AnnouncedMessage): void {
    const { reader } = this.#channel.input;
    this.#refused = null;
    if (isSynchronizing) {
      reader.refuse();
      this.#refuse(refused.tag, refused.reply);
    } else if (octets > DISCARDED_OCTETS_MAX) {
      this.#refuse(refused.tag, refused.reply);
      this.#bye('The literal is too large');
    } else {
      this.#refused = refused;
      reader.accept('discard');
    }
  }

  /** Answers what is no command, and counts it when it is BAD. @param beginning the tag, or what begins with it */
  #refuse(beginning: string, reply: Reply): void {
    if (reply.status === 'BAD') this.#session.step({ kind: 'bad-command' });
    this.#channel.reply(tagOf(beginning), reply);
    if (this.#session.state.kind === 'logout') this.#bye('Too many commands that make no sense');
  }

  #bye(why: string): void {
    if (this.#channel.isOpen) this.#channel.send(`* BYE ${why}`);
    this.#session.end();
    this.#channel.end();
  }
}

/** The tag that a command begins with; what begins with none is answered with `*` (RFC 3501, section 7.1.3), and not with its own octets. */
function tagOf(beginning: string): string {
  return TAG.exec(beginning)?.[0] ?? '*';
}
