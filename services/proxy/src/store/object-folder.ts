/**
 * Where the files of the store are: `objects/HH/HASH-ID-OCTETS`, all in hexadecimal, so that a listing of the folders says all
 * that the index needs and no file has to be opened at the start. A file that is being written is in `new/`.
 */
import { hash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileId, KeyHash, Slot } from './disk-index.ts';

/** What a file is called that holds a new head for an entry, in the place of the one that was stored with the body. */
const NEW_HEAD = '.head';
const NAME = /^([0-9a-f]{8})([0-9a-f]{8})-([0-9a-f]{8})([0-9a-f]{8})-([0-9a-f]{1,8})(\.head)?$/;

export interface ListedFile extends Omit<Slot, 'at'> {
  readonly isNewHead: boolean;
}

export function hashOfKey(key: string): KeyHash {
  const digest = hash('sha256', key, 'buffer');
  return { high: digest.readUInt32BE(0), low: digest.readUInt32BE(4) };
}

export function folderOf({ high }: KeyHash): number {
  return high >>> 24;
}

export class ObjectFolder {
  readonly #root: string;
  readonly #objects: string;
  readonly #new: string;
  readonly #gone: string;

  constructor(root: string) {
    this.#root = root;
    this.#objects = join(root, 'objects');
    this.#new = join(root, 'new');
    this.#gone = join(root, 'gone');
  }

  /** Makes what is missing, and takes away what an end without warning has left behind. @throws Error of the file system */
  open(): void {
    mkdirSync(this.#objects, { recursive: true });
    rmSync(this.#new, { recursive: true, force: true });
    mkdirSync(this.#new);
    void this.sweep();
  }

  /** The files of one folder, one by one: a hundred thousand at once would be in the way. @throws Error of the file system */
  *list(folder: number): Generator<ListedFile> {
    for (const name of names(join(this.#objects, hex(folder, 2)))) {
      const [, hashHigh, hashLow, idHigh, idLow, octets, newHead] = NAME.exec(name) ?? [];
      if (octets === undefined) continue;
      yield {
        hash: { high: number(hashHigh), low: number(hashLow) },
        id: { high: number(idHigh), low: number(idLow) },
        octets: number(octets),
        isNewHead: newHead !== undefined,
      };
    }
  }

  path(file: Omit<Slot, 'at'>): string {
    const { hash, id, octets } = file;
    const name = `${hex(hash.high)}${hex(hash.low)}-${hex(id.high)}${hex(id.low)}-${octets.toString(16)}`;
    return join(this.#objects, hex(folderOf(hash), 2), name);
  }

  headPath(file: Omit<Slot, 'at'>): string {
    return this.path(file) + NEW_HEAD;
  }

  /** Where a file is written before it gets its place; `part` tells its body from its new heads. */
  newPath(id: FileId, part = ''): string {
    return join(this.#new, `${hex(id.high)}${hex(id.low)}${part}`);
  }

  /** Gives a written file its place, in one step. @throws Error of the file system */
  place(from: string, to: string): void {
    try {
      renameSync(from, to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      mkdirSync(join(to, '..'), { recursive: true });
      renameSync(from, to);
    }
  }

  remove(file: Omit<Slot, 'at'>, hasNewHead: boolean): void {
    // The body first: what a crash leaves then is a head without a body, which is no entry.
    rmSync(this.path(file), { force: true });
    if (hasNewHead) rmSync(this.headPath(file), { force: true });
  }

  /** Puts all entries out of reach, in one step; their files go in the background. @throws Error of the file system */
  removeAll(id: FileId): void {
    mkdirSync(this.#gone, { recursive: true });
    renameSync(this.#objects, join(this.#gone, `${hex(id.high)}${hex(id.low)}`));
    mkdirSync(this.#objects);
    void this.sweep();
  }

  async sweep(): Promise<void> {
    // What cannot be taken away now is taken away at the next start.
    await rm(join(this.#root, 'gone'), { recursive: true, force: true }).catch(() => {});
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function hex(value: number, digits = 8): string {
  return value.toString(16).padStart(digits, '0');
}

function number(text = ''): number {
  return Number.parseInt(text, 16);
}
