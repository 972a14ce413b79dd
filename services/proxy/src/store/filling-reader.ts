import { BodyBroken, type BodySource } from '../server/body-source.ts';
import type { Filling } from './filling.ts';

/** One who reads a body that is coming. */
export class FillingReader implements BodySource {
  readonly length: number | null;
  readonly trailers = [];
  at: number;
  readonly #filling: Filling;
  readonly #end: number;
  #isLeft = false;

  constructor(filling: Filling, first: number, last: number, octets: number | null) {
    this.#filling = filling;
    this.at = first;
    this.#end = octets === null ? last + 1 : Math.min(last + 1, octets);
    this.length = this.#end === Infinity ? null : Math.max(0, this.#end - first);
  }

  async read(): Promise<Uint8Array | null> {
    for (;;) {
      if (this.#isLeft || this.#filling.state === 'broken') throw this.#broken();
      const came = this.at < this.#end ? this.#filling.octetsAt(this.at) : null;
      if (came !== null) return this.#take(came instanceof Promise ? await this.#readBack(came) : came);
      if (this.at >= this.#end || this.#filling.state === 'complete') {
        this.#filling.hasRead(this, true);
        return null;
      }
      await this.#filling.more();
    }
  }

  cancel(): void {
    this.#filling.hasRead(this, true);
  }

  /** The others do not wait for it any longer. */
  leave(): void {
    this.#isLeft = true;
    this.#filling.hasRead(this, true);
  }

  #take(octets: Uint8Array): Uint8Array {
    const part = octets.subarray(0, this.#end - this.at);
    this.at += part.length;
    this.#filling.hasRead(this, false);
    return part;
  }

  async #readBack(came: Promise<Uint8Array>): Promise<Uint8Array> {
    try {
      return await came;
    } catch {
      throw this.#broken();
    }
  }

  #broken(): BodyBroken {
    this.#filling.hasRead(this, true);
    return new BodyBroken(this.#isLeft ? 'it was read too slowly' : 'the body broke off before its end');
  }
}
