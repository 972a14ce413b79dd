import { linkSync, renameSync } from 'node:fs';
import { copyFile, open, rename, stat, utimes } from 'node:fs/promises';
import { removeFile } from './file-pieces.ts';

/** Errors of a file system that makes no link here, or no more of them. */
const NO_LINK = ['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP'];

/**
 * Lets a message file appear in another place too, whole at once: as a second name of the same file, or as a copy, which lasts,
 * where no link can be made. False when something of that name is there already.
 */
export async function linkOrCopy(from: string, to: string, temporary: string): Promise<boolean> {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'EEXIST') return false;
    if (!NO_LINK.includes(code)) throw error;
  }
  try {
    const { atime, mtime } = await stat(from);
    await copyFile(from, temporary);
    await utimes(temporary, atime, mtime);
    const file = await open(temporary, 'r');
    await file.sync().finally(() => file.close());
    await rename(temporary, to);
    return true;
  } catch (error) {
    await removeFile(temporary).catch(() => {});
    throw error;
  }
}

/** Moves a message file to another place, in one step. False where that cannot be done: on another file system. */
export function moveFile(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (NO_LINK.includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
