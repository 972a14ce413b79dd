import type { Socket } from 'node:net';

/** What comes by a socket, as text of one character an octet, taken piece by piece. */
export class TextStream {
  #text = '';
  #isEnded = false;
  #wake = (): void => {};

  constructor(socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#text += text;
      this.#wake();
    });
    const end = () => {
      this.#isEnded = true;
      this.#wake();
    };
    socket.on('end', end).on('close', end).on('error', end);
  }

  /** The next line without its end, or null when none comes any more. */
  async line(): Promise<string | null> {
    while (!this.#text.includes('\n')) if (!(await this.#more())) return null;
    const end = this.#text.indexOf('\n');
    const line = this.#take(end + 1);
    return line.endsWith('\r\n') ? line.slice(0, -2) : line.slice(0, -1);
  }

  /** So many octets, or fewer at the end. */
  async octets(count: number): Promise<string> {
    while (this.#text.length < count) if (!(await this.#more())) break;
    return this.#take(count);
  }

  /** All until the other side closes. */
  async rest(): Promise<string> {
    while (await this.#more());
    return this.#take(this.#text.length);
  }

  /** Whether the other side closes within `ms`. */
  async endsWithin(ms: number): Promise<boolean> {
    const until = performance.now() + ms;
    while (!this.#isEnded && performance.now() < until) {
      await Promise.race([this.#more(), new Promise((resolve) => setTimeout(resolve, until - performance.now()))]);
    }
    return this.#isEnded;
  }

  #take(count: number): string {
    const taken = this.#text.slice(0, count);
    this.#text = this.#text.slice(count);
    return taken;
  }

  /** Waits for more; false at the end. */
  async #more(): Promise<boolean> {
    if (this.#isEnded) return false;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    return true;
  }
}
