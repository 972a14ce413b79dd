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

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (octets: Buffer) => {
      this.reader.feed(octets);
      if (this.reader.waiting > WAITING_OCTETS_MAX) socket.pause();
      this.#wake();
    });
    const end = () => {
      this.#hasEnded = true;
      this.#wake();
    };
    // A client that has no more to say may still want its answers.
    socket.on('end', end);
    socket.on('close', end);
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
