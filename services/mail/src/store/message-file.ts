import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, unlinkSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { headerEndOf } from '../protocol/indexed-header.ts';
import { countCrlfOctets } from '../protocol/line-ends.ts';
import { HEADER_OCTETS_MAX } from '../protocol/mail-data.ts';
import { ifGone } from './file-pieces.ts';
import { Slices } from './slices.ts';

/** Larger files are read in pieces, with pauses for others. */
const SMALL_OCTETS_MAX = 1024 * 1024;
/** A symbolic link is never followed out of the Maildir, and a pipe is not waited for. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const PIECE_OCTETS = 256 * 1024;

export function openMessage(path: string): Promise<FileHandle> {
  return open(path, FLAGS);
}

/** What is wrong with something that lies where messages lie; null when it may be a message. @throws when it is gone */
export function faultOf(path: string, octetsMax: number): string | null {
  const found = lstatSync(path);
  if (found.isDirectory()) return 'it is a directory';
  if (found.isSymbolicLink()) return 'it is a symbolic link';
  if (!found.isFile()) return 'it is no file';
  return found.size > octetsMax ? `it has ${found.size} octets, and ${octetsMax} are allowed` : null;
}

/**
 * The octets of a message as they lie there, with the time of its file. Small files are read at once: that takes some
 * microseconds, and less than handing the work to another thread. Null for one that is larger.
 */
export function readSmall(path: string, octetsMax = SMALL_OCTETS_MAX): { octets: Buffer; arrivedAt: number } | null {
  const file = openSync(path, FLAGS);
  try {
    const found = fstatSync(file);
    // What is no file can be opened, and may have nothing to read.
    if (!found.isFile()) throw Object.assign(new Error('it is no file'), { code: 'EISDIR' });
    const { size, mtimeMs } = found;
    if (size > octetsMax) return null;
    const octets = Buffer.allocUnsafe(size);
    let length = 0;
    while (length < size) {
      const read = readSync(file, octets, length, size - length, length);
      if (read === 0) break;
      length += read;
    }
    return { octets: octets.subarray(0, length), arrivedAt: mtimeMs };
  } finally {
    closeSync(file);
  }
}

/**
 * Octets that are read of a message to find its header section, and those that are looked at when it is longer: what this server
 * takes is no longer than HEADER_OCTETS_MAX, and its own trace stands above it.
 */
const HEADER_OCTETS = 16 * 1024;
const HEADER_LOOK_OCTETS_MAX = 2 * HEADER_OCTETS_MAX;
/** Where a message's beginning is read to, one after the other: no two calls overlap. */
let headerOctets: Buffer | null = null;

export interface ReadHeader {
  /** One character for each octet. */
  readonly text: string;
  readonly arrivedAt: number;
  /** Of the file. */
  readonly fileOctets: number;
}

/** The header section of a message, with the time and size of its file. */
export function readHeaderSection(path: string): ReadHeader {
  headerOctets ??= Buffer.allocUnsafe(HEADER_OCTETS);
  const file = openSync(path, FLAGS);
  try {
    const { size, mtimeMs: arrivedAt } = fstatSync(file);
    const octets = headerOctets.subarray(0, readSync(file, headerOctets, 0, HEADER_OCTETS, 0));
    const end = headerEndOf(octets);
    if (end !== -1 || size <= HEADER_OCTETS) return { text: latin1(octets, end), arrivedAt, fileOctets: size };
    const more = Buffer.allocUnsafe(Math.min(size, HEADER_LOOK_OCTETS_MAX));
    const beginning = more.subarray(0, readSync(file, more, 0, more.length, 0));
    return { text: latin1(beginning, headerEndOf(beginning)), arrivedAt, fileOctets: size };
  } finally {
    closeSync(file);
  }
}

function latin1(octets: Buffer, end: number): string {
  return octets.toString('latin1', 0, end === -1 ? octets.length : end);
}

/** What a message of another program measures with CRLF line ends. */
export async function measureMessage(path: string): Promise<number> {
  const small = readSmall(path);
  if (small !== null) return countCrlfOctets(small.octets);
  const file = await openMessage(path);
  try {
    const piece = Buffer.allocUnsafe(PIECE_OCTETS);
    let octets = 0;
    let previous = 0;
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, PIECE_OCTETS);
      if (bytesRead === 0) return octets;
      octets += countCrlfOctets(piece.subarray(0, bytesRead), previous);
      previous = piece[bytesRead - 1]!;
    }
  } finally {
    await file.close();
  }
}

/** Whether an error says that this file cannot be read, whatever is done: the mailbox goes on without it. */
export function isUnreadable(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return ['EACCES', 'EPERM', 'EIO', 'EISDIR', 'ELOOP', 'ENXIO', 'ENOTDIR'].includes(code);
}

/** Removes files, with pauses for others; which of them were there. */
export async function removeFiles(paths: readonly string[]): Promise<boolean[]> {
  const slices = new Slices();
  const found: boolean[] = [];
  for (const path of paths) {
    if (slices.isOver) await slices.rest();
    found.push(removeOne(path));
  }
  return found;
}

function removeOne(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    return ifGone(false)(error as NodeJS.ErrnoException);
  }
}
