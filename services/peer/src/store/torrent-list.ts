import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '#shared/host/durable-file.ts';

/** A torrent that somebody added: where it comes from, and which of its files are wanted. */
export interface AddedTorrent {
  /** A URL or a magnet link; empty where the .torrent file itself is here. */
  readonly source: string;
  readonly torrentFile: Uint8Array | null;
  readonly files: readonly number[] | null;
}

const schema = z.array(
  z.object({
    source: z.string(),
    torrentFile: z.string().nullable(),
    files: z.array(z.number().int().nonnegative()).nullable(),
  }),
);

/** The torrents that were added while the peer ran, so that they are there again after a restart. */
export class TorrentList {
  readonly #path: string;
  #saving: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.#path = join(folder, 'added.json');
  }

  /** @throws Error with a sentence that names the file */
  async load(): Promise<AddedTorrent[]> {
    const text = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '[]';
      throw error;
    });
    try {
      return schema.parse(JSON.parse(text)).map(({ torrentFile, ...torrent }) => ({
        ...torrent,
        torrentFile: torrentFile === null ? null : Buffer.from(torrentFile, 'base64'),
      }));
    } catch {
      throw new Error(`${this.#path} is no list of torrents: mend it, or remove it to begin without them`);
    }
  }

  /** One after the other: after a crash the list is there as it was before or after. */
  save(torrents: readonly AddedTorrent[]): Promise<void> {
    const entries = torrents.map(({ torrentFile, ...torrent }) => ({
      ...torrent,
      torrentFile: torrentFile === null ? null : Buffer.from(torrentFile).toString('base64'),
    }));
    const saving = this.#saving.then(() => replaceFile(this.#path, JSON.stringify(entries)));
    this.#saving = saving.catch(() => {});
    return saving;
  }
}
