/** Pause before the disk is tried again, in milliseconds. */
const RETRY_MS = 1_000;
/** The disk, or our part of it, has no room. */
const FULL: readonly (string | undefined)[] = ['ENOSPC', 'EDQUOT'];

/** A verified piece. */
export interface WholePiece {
  readonly index: number;
  readonly octets: Uint8Array;
}

export interface PieceWriterOptions {
  /** Where the files are, to be named in a sentence. */
  readonly folder: string;
  write(piece: WholePiece): Promise<void>;
  /** The piece is on the disk. */
  written(index: number): void;
}

/**
 * Writes verified pieces. A piece that the disk does not take waits in memory and is tried again: it need not be fetched twice,
 * and it is not announced before it is written. The swarm does not start more pieces than it may hold in memory, so that a full
 * disk brings the download to rest until there is room.
 */
export class PieceWriter {
  readonly #options: PieceWriterOptions;
  readonly #underWay = new Set<Promise<void>>();
  #waiting: WholePiece[] = [];
  #timer: NodeJS.Timeout | undefined;
  #error: NodeJS.ErrnoException | null = null;
  #isClosed = false;

  constructor(options: PieceWriterOptions) {
    this.#options = options;
  }

  /** What is wrong with the disk, in a sentence; null while nothing waits. */
  get trouble(): string | null {
    if (this.#error === null) return null;
    const { folder } = this.#options;
    const waiting = 'what has come waits in memory and will be written as soon as it can be';
    if (FULL.includes(this.#error.code)) return `The disk of ${folder} is full: make room; ${waiting}`;
    return `Cannot write to ${folder} (${this.#error.message}): ${waiting}`;
  }

  take(piece: WholePiece): void {
    if (this.#isClosed) return;
    const writing = this.#write(piece).finally(() => this.#underWay.delete(writing));
    this.#underWay.add(writing);
  }

  /** Forgets what waits, and resolves when nothing is being written any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#waiting = [];
    await Promise.all(this.#underWay);
  }

  async #write(piece: WholePiece): Promise<void> {
    try {
      await this.#options.write(piece);
    } catch (error) {
      if (this.#isClosed) return;
      this.#error = error as NodeJS.ErrnoException;
      this.#waiting.push(piece);
      this.#timer ??= setTimeout(() => this.#retry(), RETRY_MS);
      return;
    }
    if (this.#waiting.length === 0) this.#error = null;
    if (!this.#isClosed) this.#options.written(piece.index);
  }

  #retry(): void {
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const piece of waiting) this.take(piece);
  }
}
