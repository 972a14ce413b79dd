import type { PieceStore } from '../store/piece-store.ts';

interface WholeHashOptions {
  readonly store: Pick<PieceStore, 'sha256'>;
  /** Whether all files are there and open. */
  isThere(): boolean;
  failed(error: Error): void;
}

/**
 * The SHA-256 of everything that a torrent has. BitTorrent has no use for it: it is for people, who compare. All files have to be
 * read for it once more, so that it is computed when somebody looks at a torrent that is complete, and not before: the first look
 * begins with it and sees none yet.
 */
export class WholeHash {
  readonly #options: WholeHashOptions;
  #sha256: string | null = null;
  #isBegun = false;

  constructor(options: WholeHashOptions) {
    this.#options = options;
  }

  /** Null until it is computed, which begins now if it can and has not begun. */
  look(): string | null {
    if (!this.#isBegun && this.#options.isThere()) this.#begin();
    return this.#sha256;
  }

  #begin(): void {
    const { store, failed } = this.#options;
    this.#isBegun = true;
    store.sha256().then((sha256) => {
      this.#sha256 = sha256;
    }, failed);
  }
}
