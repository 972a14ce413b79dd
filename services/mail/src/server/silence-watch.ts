import { Patience } from '#shared/host/patience.ts';
import { type AwaitedStep, describeStep, silenceLimitMs, stepOf } from '../protocol/silence-limits.ts';

/** Watches that another server is not silent for longer than the step that is awaited allows. */
export class SilenceWatch {
  readonly #mostMs: number;
  readonly #onSilence: (sentence: string) => void;
  /** Steps that are awaited, in order: with PIPELINING several commands wait for their answers. */
  #awaited: AwaitedStep[] = ['greeting'];
  #isHandshake = false;
  #patience: Patience | undefined;

  constructor(mostMs: number, onSilence: (sentence: string) => void) {
    this.#mostMs = mostMs;
    this.#onSilence = onSilence;
    this.#wait();
  }

  command(line: string): void {
    if (this.#isHandshake) this.#awaited = [];
    this.#isHandshake = false;
    this.#awaited.push(stepOf(line));
    this.#wait();
  }

  reply(): void {
    this.#awaited.shift();
    this.#wait();
  }

  /** TLS is being agreed on; the next command says that it was. */
  handshake(): void {
    this.#awaited = ['other'];
    this.#isHandshake = true;
    this.#wait();
  }

  /** Mail data went out; further ones follow. */
  sending(): void {
    this.#awaited = ['block'];
    this.#wait();
  }

  /** The end of the mail data went out. */
  sent(): void {
    this.#awaited = ['end'];
    this.#wait();
  }

  stop(): void {
    this.#patience?.end();
  }

  #wait(): void {
    this.#patience?.end();
    const [step] = this.#awaited;
    if (step === undefined) return;
    const limitMs = silenceLimitMs(step, this.#mostMs);
    this.#patience = new Patience(limitMs, () =>
      this.#onSilence(`${describeStep(step)} within ${Math.ceil(limitMs / 1000)} s`),
    );
  }
}
