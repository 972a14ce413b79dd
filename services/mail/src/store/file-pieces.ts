import { type FileHandle, unlink } from 'node:fs/promises';

/** Octets read from a file at once. */
const PIECE_OCTETS = 64 * 1024;

/**
 * The octets of an open file in pieces. The file is closed at the end and by `return()`, which a loop that is left early
 * calls. It is no generator: one that was never started would leave the file open.
 */
export class FilePieces implements AsyncIterableIterator<Uint8Array> {
  readonly #handle: FileHandle;
  readonly #convert: (piece: Buffer) => Uint8Array;
  #closed: Promise<void> | null = null;

  constructor(handle: FileHandle, convert: (piece: Buffer) => Uint8Array = (piece) => piece) {
    this.#handle = handle;
    this.#convert = convert;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#closed !== null) return { done: true, value: undefined };
    try {
      const { bytesRead, buffer } = await this.#handle.read(Buffer.allocUnsafe(PIECE_OCTETS), 0, PIECE_OCTETS);
      if (bytesRead > 0) return { done: false, value: this.#convert(buffer.subarray(0, bytesRead)) };
    } catch (error) {
      await this.return();
      throw error;
    }
    return this.return();
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#closed ??= this.#handle.close();
    await this.#closed;
    return { done: true, value: undefined };
  }
}

/** The same of octets that are here already. */
export async function* onePiece(octets: Uint8Array): AsyncGenerator<Uint8Array> {
  if (octets.length > 0) yield octets;
}

/** Removes a file that may be gone already. */
export async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

/** Whether an error says that the disk has no room: the sender then tries again later (RFC 5321, section 4.2.3: 452). */
export function isDiskFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
}

/** An error as the system's own where a disk has no room. */
export function noRoom(sentence: string): NodeJS.ErrnoException {
  return Object.assign(new Error(sentence), { code: 'ENOSPC' });
}

/** Whether an error says that nothing can be written now, and what is there can be read all the same. */
export function isUnwritable(error: unknown): boolean {
  return isDiskFull(error) || (error as NodeJS.ErrnoException).code === 'EROFS';
}

/** Turns "there is no such file" into a value; every other error stays one. */
export function ifGone<Value>(value: Value): (error: NodeJS.ErrnoException) => Value {
  return (error) => {
    if (error.code === 'ENOENT') return value;
    throw error;
  };
}
