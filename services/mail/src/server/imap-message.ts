import { Refusal } from '../protocol/imap/response.ts';
import type { ImapInput } from './imap-input.ts';

/** The message at the end of an APPEND, as it comes. It is whole only when the command's line ends behind it. */
export class IncomingMessage implements AsyncIterable<Uint8Array> {
  readonly #input: ImapInput;
  #isOver = false;

  constructor(input: ImapInput) {
    this.#input = input;
  }

  /** @throws when the client ends in the middle of it */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (let octets = await this.#next(); octets !== null; octets = await this.#next()) {
      // RFC 3501, section 4.3.1: NUL is not allowed at all.
      if (octets.includes(0))
        throw new Refusal('NO', null, 'A message has no NUL', 'RFC 3501, section 4.3.1, forbids it');
      yield octets;
    }
  }

  /** Reads what is left of a message that nobody wants any more. */
  async passOver(): Promise<void> {
    while (!this.#isOver && (await this.#next().catch(() => null)) !== null);
  }

  async #next(): Promise<Uint8Array | null> {
    const event = await this.#input.next();
    if (event?.kind === 'octets') return event.octets;
    this.#isOver = true;
    if (event?.kind !== 'literal-end') throw new Error('The client ended in the middle of a message');
    const rest = await this.#input.next('line');
    if (rest?.kind !== 'line') throw new Error('The client ended before the end of the command');
    if (rest.text !== '') throw new Refusal('BAD', null, 'One message ends the command');
    return null;
  }
}
