import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

/** Characters that are gathered for one write, so that a file of a million lines takes some hundred of them. */
const WRITE_CHARACTERS = 65_536;

/** What the new file is called until it is whole; a crash may leave one behind. */
export const UNFINISHED = '.new';

/**
 * Puts a text, or lines (each with its end), in the place of the file at `path`, so that after any crash the old or the new one
 * is there as a whole. Other work goes on between the writes.
 */
export async function replaceFile(path: string, contents: string | Iterable<string>, mode = 0o600): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path + UNFINISHED, 'w', mode);
  try {
    await writeLines(file, typeof contents === 'string' ? [contents] : contents);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(path + UNFINISHED, path);
  await syncFolder(dirname(path));
}

/** Makes names that came, went or changed in a folder outlive a crash. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * What `replaceFile` does, without letting go of the thread: for small files, where nobody may come in between. Several
 * processes may do it at once; the last one wins.
 */
export function replaceFileNow(path: string, text: string, mode = 0o600): void {
  const aside = `${path}.${process.pid}${UNFINISHED}`;
  try {
    const file = openSync(aside, 'w', mode);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
  syncFolderNow(dirname(path));
}

/** What `syncFolder` does, without letting go of the thread. */
export function syncFolderNow(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

async function writeLines(file: FileHandle, lines: Iterable<string>): Promise<void> {
  let text = '';
  for (const line of lines) {
    text += line;
    if (text.length < WRITE_CHARACTERS) continue;
    await file.writeFile(text);
    text = '';
    await turn();
  }
  await file.writeFile(text);
}
