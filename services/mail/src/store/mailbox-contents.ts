import { stat } from 'node:fs/promises';
import { FilePieces, ifGone, onePiece } from './file-pieces.ts';
import type { IndexedMessage } from './mailbox-difference.ts';
import type { MailboxIndex } from './mailbox-index.ts';
import { isUnreadable, openMessage, readSmall } from './message-file.ts';
import { WireOctets } from './wire-octets.ts';

/** Larger messages are read piece by piece, as fast as somebody takes them. */
const HELD_OCTETS_MAX = 128 * 1024;

/** Reads the files of messages. Null from all of these says that the file is not where it was. */
export class MailboxContents {
  readonly #index: MailboxIndex;

  constructor(index: MailboxIndex) {
    this.#index = index;
  }

  /** With CRLF line ends. What may be held is read here and now. */
  pieces(message: IndexedMessage): Promise<AsyncIterable<Uint8Array> | null> {
    return this.tryRead<AsyncIterable<Uint8Array>>(message, async (path) => {
      const wire = new WireOctets();
      const held = readSmall(path, HELD_OCTETS_MAX);
      if (held !== null) return onePiece(wire.convert(held.octets));
      return new FilePieces(await openMessage(path), (piece) => wire.convert(piece));
    });
  }

  /** With CRLF line ends, `octetsMax` at most. */
  beginning(message: IndexedMessage, octetsMax: number): Promise<Uint8Array | null> {
    return this.tryRead(message, async (path) => {
      const small = readSmall(path);
      if (small !== null) return new WireOctets().convert(small.octets).subarray(0, octetsMax);
      const pieces = await this.pieces(message);
      if (pieces === null) return null;
      const held: Uint8Array[] = [];
      let octets = 0;
      for await (const piece of pieces) {
        held.push(piece);
        octets += piece.length;
        if (octets >= octetsMax) break;
      }
      return Buffer.concat(held).subarray(0, octetsMax);
    });
  }

  /** Milliseconds since 1970. */
  async arrivedAt(message: IndexedMessage): Promise<number | null> {
    return (await stat(this.#index.path(message)).catch(ifGone(null)))?.mtimeMs ?? null;
  }

  /** Hands the message, with CRLF line ends, to `take`. False when its file is not where it was. */
  async passThrough(message: IndexedMessage, take: (piece: Uint8Array) => void): Promise<boolean> {
    const small = await this.tryRead(message, (path) => ({ read: readSmall(path) }));
    if (small === null) return false;
    if (small.read !== null) {
      take(new WireOctets().convert(small.read.octets));
      return true;
    }
    const pieces = await this.pieces(message);
    if (pieces === null) return false;
    for await (const piece of pieces) take(piece);
    return true;
  }

  /** What `read` gives; a file that cannot be read is put aside, and then gone. */
  async tryRead<Result>(
    message: IndexedMessage,
    read: (path: string) => Result | null | Promise<Result | null>,
  ): Promise<Result | null> {
    try {
      return await read(this.#index.path(message));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      if (!isUnreadable(error)) throw error;
      await this.#index.quarantine(message, `it cannot be read (${(error as Error).message})`);
      return null;
    }
  }
}
