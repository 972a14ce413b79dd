import { open } from 'node:fs/promises';
import type { StoredHead } from '../protocol/stored-response.ts';
import { BLOCK_OCTETS, DamagedFile, decodeBody, decodeHead, headOctets } from './object-file.ts';

/** What is read of a file at first: the head, and all of a small object. */
const FIRST_READ_OCTETS = BLOCK_OCTETS + 4_096;

/** What the beginning of a file has told; the body where it came along. */
export interface ReadObject {
  readonly head: StoredHead;
  readonly bodyAt: number;
  readonly body: Buffer | null;
}

/**
 * Reads the head of an object, and all of it where it is small.
 *
 * @param octets of the whole file
 * @param newHead the file of the head that has taken the place of the first one, or null
 * @throws DamagedFile, or Error of the file system
 */
export async function readObject(path: string, octets: number, newHead: string | null): Promise<ReadObject> {
  const file = await readFrom(path, 0, Math.min(octets, FIRST_READ_OCTETS));
  if (file.length < Math.min(octets, FIRST_READ_OCTETS)) throw new DamagedFile('it is shorter than it was');
  const needed = headOctets(file);
  const { head, bodyAt } = decodeHead(needed > file.length ? await readFrom(path, 0, needed) : file);
  const body = file.length === octets ? decodeBody(file.subarray(bodyAt), head.octets ?? 0) : null;
  if (newHead === null) return { head, bodyAt, body };
  const newer = decodeHead(await readFrom(newHead, 0, Infinity)).head;
  return { head: renewed(head, newer), bodyAt, body };
}

/** Reads a whole body. @throws DamagedFile, or Error of the file system */
export async function readBody(path: string, bodyAt: number, fileOctets: number, bodyOctets: number): Promise<Buffer> {
  return decodeBody(await readFrom(path, bodyAt, fileOctets - bodyAt), bodyOctets);
}

/** The head in the place of the one that was stored with the body. @throws DamagedFile */
function renewed(stored: StoredHead, newer: StoredHead): StoredHead {
  if (newer.id !== stored.id || newer.key !== stored.key)
    throw new DamagedFile('its new head is that of another entry');
  return newer;
}

async function readFrom(path: string, at: number, octets: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    if (octets === Infinity) return await handle.readFile();
    const buffer = Buffer.allocUnsafe(octets);
    const { bytesRead } = await handle.read(buffer, 0, octets, at);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
