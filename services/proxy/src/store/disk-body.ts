import { type FileHandle, open } from 'node:fs/promises';
import { BodyBroken, type BodySource } from '../server/body-source.ts';
import { BLOCK_OCTETS, blockPlace, DamagedFile, decodeBlock } from './object-file.ts';

/** Where the octets of a stored body are. */
export interface BodyFile {
  readonly path: string;
  readonly bodyAt: number;
  readonly octets: number;
}

/** Reads one block of a body, verified. @throws DamagedFile, or Error of the file system */
export async function readBlock(file: FileHandle, { bodyAt, octets }: Omit<BodyFile, 'path'>, block: number) {
  const place = blockPlace(block, octets);
  const buffer = Buffer.allocUnsafe(place.octets);
  const { bytesRead } = await file.read(buffer, 0, place.octets, bodyAt + place.at);
  if (bytesRead < place.octets) throw new DamagedFile('it is shorter than it should be');
  return decodeBlock(buffer);
}

/**
 * Octets `first` to `last` of a body on the disk, block by block as the reader asks for them, each one verified. The file may
 * lose its name meanwhile: it stays readable.
 *
 * @param onDamage told once, before the read that throws BodyBroken
 */
export class DiskBody implements BodySource {
  readonly length: number;
  readonly trailers = [];
  readonly #file: BodyFile;
  readonly #onDamage: (error: Error) => void;
  readonly #end: number;
  #at: number;
  #handle: FileHandle | null = null;

  constructor(file: BodyFile, first: number, last: number, onDamage: (error: Error) => void) {
    this.#file = file;
    this.#onDamage = onDamage;
    this.#at = first;
    this.#end = Math.min(last + 1, file.octets);
    this.length = Math.max(0, this.#end - first);
  }

  async read(): Promise<Uint8Array | null> {
    if (this.#at >= this.#end) {
      this.cancel();
      return null;
    }
    try {
      this.#handle ??= await open(this.#file.path, 'r');
      // The reader may have left meanwhile: then there is nothing to read, and the file is not at fault.
      if (this.#at >= this.#end) {
        this.cancel();
        return null;
      }
      const block = Math.floor(this.#at / BLOCK_OCTETS);
      const octets = await readBlock(this.#handle, this.#file, block);
      const from = block * BLOCK_OCTETS;
      const part = octets.subarray(this.#at - from, this.#end - from);
      this.#at += part.length;
      if (this.#at >= this.#end) this.cancel();
      return part;
    } catch (error) {
      this.cancel();
      this.#onDamage(error as Error);
      throw new BodyBroken('the stored copy cannot be read any further');
    }
  }

  cancel(): void {
    this.#at = this.#end;
    const handle = this.#handle;
    this.#handle = null;
    handle?.close().catch(() => {});
  }
}
