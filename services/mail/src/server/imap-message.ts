import type { CommandPiece, ReaderEvent } from '../protocol/imap/command-reader.ts';
import { Refusal } from '../protocol/imap/response.ts';
import type { ImapInput } from './imap-input.ts';

/** Octets of a message that was refused and comes all the same (RFC 7888): so many are thrown away to stay in step. */
export const DISCARDED_OCTETS_MAX = 64 * 1024 * 1024;

/** A message that the client is about to send. */
export interface AnnouncedMessage {
  /** What stands before it. */
  readonly pieces: readonly CommandPiece[];
  readonly octets: number;
  /** Whether the client waits for leave. */
  readonly isSynchronizing: boolean;
  /** Whether it may have NULs (RFC 3516, section 4.4). */
  readonly isBinary: boolean;
}

/**
 * The messages at the end of an APPEND (RFC 3502 allows several), as they come. The command is whole only when its line ends
 * behind the last one. Where the client is in it is always known, so that a refusal in the middle can pass over the rest.
 */
export class IncomingMessages {
  readonly #input: ImapInput;
  readonly #giveLeave: () => void;
  #place: 'announced' | 'inside' | 'behind' | 'over' = 'announced';
  #announced: AnnouncedMessage;
  #admittedOctets = 0;

  /** @param giveLeave tells the client to send */
  constructor(input: ImapInput, announced: AnnouncedMessage, giveLeave: () => void) {
    this.#input = input;
    this.#announced = announced;
    this.#giveLeave = giveLeave;
  }

  /** Lets the announced message come. */
  admit(): void {
    if (this.#announced.isSynchronizing) this.#giveLeave();
    this.#input.reader.accept('stream');
    this.#place = 'inside';
    this.#admittedOctets += this.#announced.octets;
  }

  /** Of all messages of the command up to now. */
  get admittedOctets(): number {
    return this.#admittedOctets;
  }

  /** The octets of the message that was admitted. @throws when the client ends in the middle of it */
  async *octets(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const event = await this.#next();
      if (event.kind === 'literal-end') break;
      if (event.kind !== 'octets') throw new Error(`not in a message: ${event.kind}`);
      this.#refuseNul(event.octets);
      yield event.octets;
    }
    this.#place = 'behind';
  }

  /** The next message, to be admitted or refused; null at the end of the command. @throws Refusal for anything else */
  async next(): Promise<AnnouncedMessage | null> {
    const event = await this.#next();
    if (event.kind === 'announced') {
      this.#announced = event;
      this.#place = 'announced';
      return event;
    }
    this.#place = 'over';
    const isEnd = event.kind === 'command' && event.pieces.length === 1 && event.pieces[0] === '';
    if (!isEnd) throw new Refusal('BAD', null, 'After a message there is another one or the end of the command');
    return null;
  }

  /** Throws away what is left of the command, once it is answered already or will be. False when that is too much. */
  async passOver(): Promise<boolean> {
    const { reader } = this.#input;
    while (this.#place !== 'over') {
      if (this.#place === 'announced') {
        if (this.#announced.isSynchronizing) {
          reader.refuse();
          this.#place = 'over';
          break;
        }
        if (this.#announced.octets > DISCARDED_OCTETS_MAX) return false;
        reader.accept('stream');
        this.#place = 'inside';
      }
      const event = await this.#next();
      if (event.kind === 'literal-end') this.#place = 'behind';
      else if (event.kind === 'announced') {
        this.#announced = event;
        this.#place = 'announced';
      } else if (event.kind !== 'octets') this.#place = 'over';
      if (event.kind === 'flood') return false;
    }
    return true;
  }

  async #next(): Promise<ReaderEvent> {
    const event = await this.#input.next();
    if (event === null) this.#place = 'over';
    if (event === null) throw new Error('The client ended in the middle of a message');
    return event;
  }

  #refuseNul(octets: Uint8Array): void {
    if (!octets.includes(0)) return;
    // RFC 3501, section 4.3.1: NUL is not allowed; in a literal8 it is, but a Maildir has lines (RFC 3516, section 4.4).
    if (this.#announced.isBinary)
      throw new Refusal('NO', 'UNKNOWN-CTE', 'A message with NUL cannot be kept', 'a Maildir keeps lines of text');
    throw new Refusal('NO', null, 'A message has no NUL', 'RFC 3501, section 4.3.1, forbids it');
  }
}
