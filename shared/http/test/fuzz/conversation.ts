import type { Socket } from 'node:net';
import type { FuzzCase } from './fuzz-case.ts';
import type { Answers } from './judge.ts';

/** How long what is no request is left to the proxy before the client goes, in milliseconds. */
const REFUSAL_MS = 60;
/** Parts of the time that an answer may take. */
const SLICES = 8;
/** What a slow client waits between its pieces, in milliseconds. */
const PIECE_MS = 5;

export interface Conversed {
  readonly answers: Answers;
  readonly text: string;
  /** Whether all that had to be answered was, or the connection was ended instead. */
  readonly isInTime: boolean;
}

/** One connection of a client: says its pieces, and listens until nothing more can come. */
export class Conversation {
  readonly #socket: Socket;
  readonly #case: FuzzCase;
  readonly #judge: (text: string, ended: boolean) => Answers;
  readonly #answerMsMax: number;
  #text = '';
  #ended = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param answerMsMax how long a request that was framed well may be without an answer, in milliseconds */
  constructor(socket: Socket, one: FuzzCase, answerMsMax: number, judge: (text: string, ended: boolean) => Answers) {
    this.#socket = socket;
    this.#case = one;
    this.#answerMsMax = answerMsMax;
    this.#judge = judge;
  }

  end(): Promise<Conversed> {
    const socket = this.#socket;
    return new Promise((resolve) => {
      const finish = (isInTime: boolean) => {
        clearTimeout(this.#timer);
        socket.removeAllListeners('data');
        socket.destroy();
        resolve({ answers: this.#judge(this.#text, this.#ended), text: this.#text, isInTime });
      };
      this.#wait(SLICES, () => finish(false));
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#ended = true;
        finish(true);
      });
      socket.on('data', (octets: Buffer) => {
        this.#text += octets.toString('latin1');
        clearTimeout(this.#timer);
        this.#wait(SLICES, () => finish(false));
        this.#lookAt(finish);
      });
      socket.once('connect', () => this.#say(0, finish));
    });
  }

  /** Waits in slices: one in which this process itself was held up by others says nothing of the proxy. */
  #wait(slices: number, giveUp: () => void): void {
    const sliceMs = this.#answerMsMax / SLICES;
    const begun = performance.now();
    this.#timer = setTimeout(() => {
      const wasHeldUp = performance.now() - begun > sliceMs * 1.5;
      if (wasHeldUp) this.#wait(slices, giveUp);
      else if (slices > 1) this.#wait(slices - 1, giveUp);
      else giveUp();
    }, sliceMs);
  }

  #say(at: number, finish: (isInTime: boolean) => void): void {
    const { pieces, leaves, endsItsSide } = this.#case;
    if (this.#socket.destroyed) return;
    if (at === pieces.length) {
      if (endsItsSide) this.#socket.end();
      if (leaves) finish(true);
      else this.#lookAt(finish);
      return;
    }
    this.#socket.write(pieces[at]!, 'latin1');
    if (this.#case.isSlow) setTimeout(() => this.#say(at + 1, finish), PIECE_MS);
    else setImmediate(() => this.#say(at + 1, finish));
  }

  #lookAt(finish: (isInTime: boolean) => void): void {
    const { requests, rest } = this.#case.framed;
    const { whole, fault } = this.#judge(this.#text, false);
    if (fault !== null) finish(true);
    else if (whole >= requests.length) {
      // After the last answer a moment is left for what must not come.
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => finish(true), rest === 'nothing' ? 1 : REFUSAL_MS);
    }
  }
}
