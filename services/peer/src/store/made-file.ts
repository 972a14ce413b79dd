import { hash } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';

/** A file that everybody can make again: a seed needs no file from elsewhere, and a test knows what must arrive. */
export interface MadeFile {
  readonly name: string;
  readonly length: number;
}

/** Octets of such a file, at most: 1 GiB. */
export const MADE_OCTETS_MAX = 1024 * 1024 * 1024;
/** Octets of one step. */
const STEP_OCTETS = 1024 * 1024;

/** Reads "lecture.bin:4194304", a name and its octets; null for anything else, or too much. */
export function parseMadeFile(text: string): MadeFile | null {
  const [, name, digits] = /^(\w[\w.-]{0,100}):(\d{1,10})$/.exec(text) ?? [];
  const length = Number(digits);
  return name !== undefined && length > 0 && length <= MADE_OCTETS_MAX ? { name, length } : null;
}

/**
 * The octets of the step `nth`: SHAKE256 (FIPS 202) of the text "NAME:nth". In Python the whole file is
 * `b"".join(hashlib.shake_256(b"lecture.bin:%d" % n).digest(2**20) for n in range(4))`.
 */
function madeOctets(file: MadeFile, nth: number): Uint8Array {
  const length = Math.min(STEP_OCTETS, file.length - nth * STEP_OCTETS);
  return hash('shake256', `${file.name}:${nth}`, { outputEncoding: 'buffer', outputLength: STEP_OCTETS }).subarray(
    0,
    length,
  );
}

/** All octets of the file. */
export function madeFile(file: MadeFile): Uint8Array {
  return Buffer.concat(Array.from({ length: Math.ceil(file.length / STEP_OCTETS) }, (_, nth) => madeOctets(file, nth)));
}

/** Makes the file at `path`, unless one of that length is there. It appears there only when it is whole. */
export async function makeFile(file: MadeFile, path: string): Promise<void> {
  const there = await stat(path).catch(() => null);
  if (there?.size === file.length) return;
  const unfinished = `${path}.making`;
  const handle = await open(unfinished, 'w');
  try {
    for (let nth = 0; nth * STEP_OCTETS < file.length; nth++) await handle.writeFile(madeOctets(file, nth));
    await handle.datasync();
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  await rename(unfinished, path);
}
