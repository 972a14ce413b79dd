import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileFault } from '#shared/file-fault.ts';
import type { Host } from '#shared/host/host.ts';
import { type ListedTorrents, parseListedTorrents } from '../protocol/listed-torrents.ts';
import { SWARMS_MAX } from '../protocol/swarms.ts';

/** The host's file of the torrents that are served. */
const LISTED_FILE = 'torrents';

/** @throws Error with one sentence that names the file, the line and the remedy */
export async function readListedTorrents(host: Host): Promise<ListedTorrents> {
  const path = join(host.dir, LISTED_FILE);
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new Error(`${path}: ${error.message}: write an info hash in each line, or set TORRENTS to open`);
  });
  try {
    const listed = parseListedTorrents(text);
    if (listed.size <= SWARMS_MAX) return listed;
    throw new Error(`${path} lists ${listed.size} torrents: ${SWARMS_MAX} are the most that can be served`);
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    throw new Error(`${path}, line ${error.line}: ${error.message}`);
  }
}
