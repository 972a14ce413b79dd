import type { Socket } from 'node:net';
import { CommandReader, type ReaderEvent } from '../protocol/imap/command-reader.ts';

/** Octets that wait to be read; a client that sends more without reading the answers has to wait itself. */
const WAITING_OCTETS_MAX = 64 * 1024;

/** What comes from the client, asked for event by event. */
export class ImapInput {
  readonly reader = new CommandReader();
  readonly #socket: Socket;
  #hasEnded = false;
  #wake: () => void = () => {};
  readonly #take = (octets: Buffer) => {
    this.reader.feed(octets);
    if (this.reader.waiting > WAITING_OCTETS_MAX) this.#socket.pause();
    this.#wake();
  };
  readonly #end = () => {
    this.#hasEnded = true;
    this.#wake();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
    // A client that has no more to say may still want its answers.
    socket.on('data', this.#take).on('end', this.#end).on('close', this.#end);
  }

  /** Reads no more, and forgets what was read and not obeyed. */
  detach(): void {
    this.#socket.off('data', this.#take).off('end', this.#end).off('close', this.#end);
    this.#hasEnded = true;
  }

  /** Waits for the next event; null when the client has ended. */
  async next(expecting: 'command' | 'line' = 'command'): Promise<ReaderEvent | null> {
    for (;;) {
      const event = this.reader.next(expecting);
      if (event !== null) return event;
      if (this.#hasEnded) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#socket.resume();
      });
    }
  }
}
