import type { Socket } from 'node:net';

/** Octets of commands that wait; a client that sends more without reading the answers has to wait itself. */
const WAITING_OCTETS_MAX = 16 * 1024;
const WAITING = Symbol('waiting');

/** The lines that a client sends, asked for one by one. */
export class LineInput {
  readonly #socket: Socket;
  /** One character for each octet. */
  #waiting = '';
  #hasEnded = false;
  #isBroken = false;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', this.#take);
    // A client that has no more to say may still want its answers.
    socket.on('end', this.#end);
    socket.on('close', this.#break);
  }

  /**
   * The next line without its end (CRLF, or LF alone), as octets; 'too-long' when it has more than `octetsMax` with its end; null
   * when no more comes.
   */
  async next(octetsMax: number): Promise<Buffer | 'too-long' | null> {
    for (;;) {
      if (this.#isBroken) return null;
      const line = this.#shift(octetsMax);
      if (line !== WAITING) return line;
      if (this.#hasEnded) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#socket.resume();
      });
    }
  }

  /** Hears nothing more. */
  release(): void {
    this.#socket.off('data', this.#take).off('end', this.#end).off('close', this.#break);
    this.#isBroken = true;
    this.#waiting = '';
  }

  #shift(octetsMax: number): Buffer | 'too-long' | typeof WAITING {
    const feed = this.#waiting.indexOf('\n');
    if (feed === -1) return this.#waiting.length < octetsMax ? WAITING : 'too-long';
    if (feed >= octetsMax) return 'too-long';
    const end = this.#waiting.charAt(feed - 1) === '\r' ? feed - 1 : feed;
    const line = Buffer.from(this.#waiting.slice(0, end), 'latin1');
    this.#waiting = this.#waiting.slice(feed + 1);
    return line;
  }

  readonly #take = (octets: Buffer) => {
    this.#waiting += octets.toString('latin1');
    if (this.#waiting.length > WAITING_OCTETS_MAX) this.#socket.pause();
    this.#wake();
  };

  readonly #end = () => {
    this.#hasEnded = true;
    this.#wake();
  };

  readonly #break = () => {
    this.#isBroken = true;
    this.#wake();
  };
}
