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

  /** The torrents, as `read` makes them of what was written down. @throws Error with a sentence that names the file */
  async load<Torrent>(read: (added: AddedTorrent) => Torrent): Promise<Torrent[]> {
    const text = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '[]';
      throw error;
    });
    return this.#parse(text).map((added, nth) => {
      try {
        return read(added);
      } catch (error) {
        const what = `the torrent ${nth + 1} of the list cannot be read: ${(error as Error).message}`;
        throw new Error(`${this.#path}: ${what}: take it out, or remove the file to begin without all of them`);
      }
    });
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

  #parse(text: string): AddedTorrent[] {
    try {
      return schema.parse(JSON.parse(text)).map(({ torrentFile, ...torrent }) => ({
        ...torrent,
        torrentFile: torrentFile === null ? null : Buffer.from(torrentFile, 'base64'),
      }));
    } catch {
      throw new Error(`${this.#path} is no list of torrents: mend it, or remove it to begin without them`);
    }
  }
}
