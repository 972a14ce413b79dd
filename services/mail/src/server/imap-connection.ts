import type { Socket } from 'node:net';
import type { CommandPiece, ReaderEvent } from '../protocol/imap/command-reader.ts';
import { formatReply, type Reply } from '../protocol/imap/response.ts';
import { formatCapabilities } from './imap-capabilities.ts';
import type { PreparedCommand } from './imap-command.ts';
import { ImapInput } from './imap-input.ts';
import { IncomingMessage } from './imap-message.ts';
import { ImapOutput } from './imap-output.ts';
import { isMessageNext, prepareCommand } from './imap-preparation.ts';
import { FAULT, refusalReply } from './imap-refusal.ts';
import { type ImapParts, ImapSession } from './imap-session.ts';
import { ImapTranscript } from './imap-transcript.ts';

/** How long a client may be silent before it has said who it is, in milliseconds (RFC 9051, section 5.4, allows less than 30 minutes). */
const LOGIN_IDLE_MS = 60_000;
/** Octets of a message that was refused and comes all the same (RFC 7888): so many are thrown away to stay in step. */
const DISCARDED_OCTETS_MAX = 64 * 1024 * 1024;

/** How long the last words may take to reach the client, in milliseconds. */
const CLOSING_MS = 5_000;

/** One IMAP connection: reads a command, runs it, answers, one after the other. */
export class ImapConnection {
  readonly #parts: ImapParts;
  readonly #socket: Socket;
  readonly #input: ImapInput;
  readonly #output: ImapOutput;
  readonly #transcript: ImapTranscript;
  readonly #session: ImapSession;
  readonly #idleMs: number;
  #message: IncomingMessage | null = null;
  /** What the command that is read will be answered, when a literal of it was refused and is thrown away. */
  #refused: { tag: string; reply: Reply } | null = null;

  constructor(parts: ImapParts, socket: Socket, idleMs: number) {
    this.#parts = parts;
    this.#socket = socket;
    this.#idleMs = idleMs;
    this.#input = new ImapInput(socket);
    this.#output = new ImapOutput(socket);
    this.#transcript = new ImapTranscript(parts.host, socket);
    this.#session = new ImapSession(parts, {
      clientAddress: this.#transcript.client.address,
      get isOpen() {
        return socket.writable;
      },
      send: (line) => this.#send(line),
      sendOctets: (octets) => this.#output.writeOctets(octets),
      drained: () => this.#output.drained(),
      end: () => this.#hangUp(),
      readLine: () => this.#readLine(),
      message: () => {
        if (this.#message === null) throw new Error('a command asked for a message that does not come');
        return this.#message;
      },
    });
    socket.setNoDelay(true);
    socket.setTimeout(Math.min(idleMs, LOGIN_IDLE_MS), () => this.#bye('Autologout: silent for too long'));
    // A client that resets its connection is no fault of ours; "close" follows.
    socket.on('error', () => {});
    void this.#run();
  }

  /** Ends the connection because the server stops. */
  stop(): void {
    this.#bye('The server is stopping');
    setImmediate(() => this.#socket.destroy());
  }

  async #run(): Promise<void> {
    const { host, mailHost } = this.#parts;
    try {
      this.#send(`* OK [CAPABILITY ${formatCapabilities(this.#session)}] ${mailHost} Topdown IMAP server ready`);
      for (;;) {
        const event = this.#session.state.kind === 'logout' ? null : await this.#input.next();
        if (event === null) break;
        await this.#take(event);
      }
    } catch (error) {
      host.log.warn(error, 'an IMAP session failed');
    } finally {
      this.#session.end();
      this.#hangUp();
    }
  }

  async #take(event: ReaderEvent): Promise<void> {
    switch (event.kind) {
      case 'command':
        return this.#obey(event.pieces);
      case 'announced':
        return this.#meetLiteral(event);
      case 'too-long':
        this.#transcript.command([event.beginning]);
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
    this.#transcript.command(pieces);
    if (refused !== null) return this.#reply(refused.tag, refused.reply);
    const prepared = prepareCommand(pieces, this.#session.state, false);
    if (prepared.kind === 'command') await this.#perform(prepared.tag, prepared.command);
    else this.#refuse(prepared.tag, prepared.reply);
  }

  async #perform(tag: string, command: PreparedCommand): Promise<void> {
    let reply: Reply;
    try {
      reply = await command.run(this.#session);
    } catch (error) {
      reply = refusalReply(error) ?? FAULT;
      if (reply === FAULT) this.#parts.host.log.error(error, 'an IMAP command failed');
    }
    // What another session did is told before the reply, so that it belongs to this command.
    if (this.#session.state.kind !== 'logout') await this.#session.tellNews(!command.keepsNumbers);
    this.#reply(tag, reply);
    if (this.#session.state.kind !== 'not-authenticated') this.#socket.setTimeout(this.#idleMs);
    await this.#output.drained();
  }

  async #meetLiteral(event: ReaderEvent & { kind: 'announced' }): Promise<void> {
    const { reader } = this.#input;
    const { pieces, octets, isSynchronizing } = event;
    if (this.#refused !== null) return this.#passOver(this.#refused, event);
    if (isMessageNext(pieces)) return this.#meetMessage(event);
    if (!reader.hasRoomFor(octets)) {
      this.#transcript.command([...pieces, `{${octets}}`]);
      this.#refuse(String(pieces[0]), { status: 'BAD', code: 'TOOBIG', text: 'The literal is too large' });
      return this.#bye('The literal is too large');
    }
    if (isSynchronizing) this.#send('+ Ready for the literal');
    reader.accept('hold');
  }

  /** The message of an APPEND: looked at before it comes, so that a client is not asked for what is then refused. */
  async #meetMessage(event: ReaderEvent & { kind: 'announced' }): Promise<void> {
    const { pieces, octets } = event;
    this.#transcript.command([...pieces, `{${octets}}`]);
    const prepared = prepareCommand(pieces, this.#session.state, true);
    if (prepared.kind === 'refused') return this.#passOver(prepared, event);
    const { tag, command } = prepared;
    try {
      await command.admitMessage?.(this.#session, octets);
    } catch (error) {
      return this.#passOver({ tag, reply: refusalReply(error) ?? FAULT }, event);
    }
    if (event.isSynchronizing) this.#send('+ Ready for the message');
    this.#input.reader.accept('stream');
    const message = new IncomingMessage(this.#input);
    this.#message = message;
    const run = (session: ImapSession) => command.run(session).finally(() => message.passOver());
    await this.#perform(tag, { ...command, run });
    this.#message = null;
  }

  /** Refuses a literal. One that comes without leave (RFC 7888) is thrown away, and with it the rest of the command. */
  #passOver(
    refused: { tag: string; reply: Reply },
    { octets, isSynchronizing }: { octets: number; isSynchronizing: boolean },
  ): void {
    const { reader } = this.#input;
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

  async #readLine(): Promise<string | null> {
    const event = await this.#input.next('line');
    if (event?.kind !== 'line') return null;
    this.#transcript.line(event.text);
    return event.text;
  }

  /** Answers what is no command, and counts it when it is BAD. @param beginning the tag, or what begins with it */
  #refuse(beginning: string, reply: Reply): void {
    if (reply.status === 'BAD') this.#session.step({ kind: 'bad-command' });
    const tag = /^[^\s(){%*"\\+]+/.exec(beginning)?.[0] ?? '*';
    this.#reply(tag, reply);
    if (this.#session.state.kind === 'logout') this.#bye('Too many commands that make no sense');
  }

  #reply(tag: string, reply: Reply): void {
    if (!this.#socket.writable) return;
    const line = formatReply(tag, reply);
    this.#output.write(`${line}\r\n`);
    this.#transcript.reply(line, reply.because);
  }

  #send(line: string): void {
    this.#output.write(`${line}\r\n`);
    this.#transcript.response(line);
  }

  #bye(why: string): void {
    if (this.#socket.writable) this.#send(`* BYE ${why}`);
    this.#session.end();
    this.#hangUp();
  }

  #hangUp(): void {
    this.#output.flush();
    this.#socket.destroySoon();
    // One that does not read is not waited for.
    this.#socket.setTimeout(CLOSING_MS, () => this.#socket.destroy());
  }
}
