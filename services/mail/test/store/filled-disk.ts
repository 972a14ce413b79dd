import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { writeSync } = fs;
const { writeFile, open } = fs.promises;

/** Nothing can be written any more, as on a disk that others have filled; names of files can still be changed. */
export function fillDisk(): void {
  const full = () => {
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  };
  const openFull: typeof open = (path, flags, mode) => (flags === 'w' ? full() : open(path, flags, mode));
  fs.writeSync = full as typeof writeSync;
  Object.assign(fs.promises, {
    writeFile: async () => full(),
    open: async (...words: Parameters<typeof open>) => openFull(...words),
  });
  syncBuiltinESMExports();
}

export function makeRoom(): void {
  fs.writeSync = writeSync;
  Object.assign(fs.promises, { writeFile, open });
  syncBuiltinESMExports();
}
