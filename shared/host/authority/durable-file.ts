import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

/**
 * Writes a file so that a reader finds the old text or the new one, never a part, also after a loss of power. The mode
 * holds from the first moment.
 */
export function writeDurably(path: string, text: string, mode: number): void {
  const aside = `${path}.${process.pid}.new`;
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
}
