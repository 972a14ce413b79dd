/**
 * One Maildir on disk: tmp, new and cur. A message is written in tmp, made to last, and then appears whole in new (or in
 * cur, when it has flags already): open O_EXCL, write, fsync, rename, fsync of the folder. Readers never see tmp.
 */
import { closeSync, futimesSync, openSync, renameSync, rmSync } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CrlfCounter, ToLineFeeds } from '../protocol/line-ends.ts';
import {
  formatMaildirName,
  isUsableName,
  type MaildirFlags,
  parseMaildirName,
  sortFlags,
  withSizes,
} from '../protocol/maildir-name.ts';
import { writeWhole } from './append-file.ts';
import { removeFile } from './file-pieces.ts';
import { syncFile } from './shared-sync.ts';
import { Slices } from './slices.ts';

export interface MaildirFile {
  readonly folder: 'new' | 'cur';
  readonly file: string;
  readonly base: string;
  readonly flags: MaildirFlags;
  /** Null when the name does not tell it. */
  readonly crlfOctets: number | null;
}

/** Age at which a file in tmp is the remains of a delivery that never ended, in milliseconds: 36 hours, as the format says. */
const REMAINS_MS = 36 * 3_600_000;

export async function makeMaildir(dir: string): Promise<void> {
  for (const folder of ['tmp', 'new', 'cur']) await mkdir(join(dir, folder), { recursive: true, mode: 0o700 });
}

/** A message that is whole in tmp, and does not belong to the mailbox yet. */
export interface PreparedMessage {
  /** Lets it appear in the Maildir, which may have another place now. It lasts after a sync of its folder. */
  publish(dir: string): MaildirFile;
  /** Takes it back, wherever it is. */
  discard(): void;
  readonly fileOctets: number;
}

/** A new file in tmp. */
export function openTemporary(dir: string, base: string): number {
  return openSync(join(dir, 'tmp', base), 'wx', 0o600);
}

/**
 * Writes a message, with any line ends, to a file in tmp, which is closed then.
 * @param base unique; the sizes are added to it.
 * @param arrivedAt becomes the file's time.
 */
export async function prepareMessage(
  dir: string,
  file: number,
  message: AsyncIterable<Uint8Array>,
  { base, flags, arrivedAt }: { base: string; flags: MaildirFlags; arrivedAt: number },
): Promise<PreparedMessage> {
  const temporary = join(dir, 'tmp', base);
  try {
    const { fileOctets, crlfOctets } = await writeTemporary(file, message, arrivedAt);
    const named = withSizes(base, fileOctets, crlfOctets);
    const folder = flags === '' ? 'new' : 'cur';
    const name = flags === '' ? named : formatMaildirName(named, flags);
    let place = dir;
    return {
      fileOctets,
      publish: (now) => {
        place = now;
        renameSync(join(place, 'tmp', base), join(place, folder, name));
        return { folder, file: name, base: named, flags: sortFlags(flags), crlfOctets };
      },
      discard: () => {
        rmSync(join(place, 'tmp', base), { force: true });
        rmSync(join(place, folder, name), { force: true });
      },
    };
  } catch (error) {
    await removeFile(temporary).catch(() => {});
    throw error;
  }
}

async function writeTemporary(file: number, message: AsyncIterable<Uint8Array>, arrivedAt: number) {
  const converter = new ToLineFeeds();
  const counter = new CrlfCounter();
  let fileOctets = 0;
  const write = (octets: Uint8Array) => {
    counter.count(octets);
    fileOctets += octets.length;
    // Into the kernel's memory: only the sync waits for the disk.
    writeWhole(file, octets);
  };
  try {
    for await (const piece of message) write(converter.convert(piece));
    write(converter.end());
    futimesSync(file, arrivedAt / 1000, arrivedAt / 1000);
    await syncFile(file);
  } finally {
    closeSync(file);
  }
  return { fileOctets, crlfOctets: counter.octets };
}

/** What lies in a Maildir. */
export interface MaildirListing {
  /** By their bases. */
  readonly files: Map<string, MaildirFile>;
  /** Folders in which there are names that no message can have. */
  readonly unusable: ReadonlySet<'new' | 'cur'>;
}

/** Lists a Maildir. `new` is read first: a message that another program moves to cur meanwhile is then seen twice, not missed. */
export async function listMaildir(dir: string): Promise<MaildirListing> {
  const files = new Map<string, MaildirFile>();
  const unusable = new Set<'new' | 'cur'>();
  const slices = new Slices();
  for (const folder of ['new', 'cur'] as const) {
    for (const file of await readdir(join(dir, folder))) {
      if (slices.isOver) await slices.rest();
      if (file.startsWith('.')) continue;
      if (isUsableName(file)) {
        const { base, flags, crlfOctets } = parseMaildirName(file);
        files.set(base, { folder, file, base, flags, crlfOctets });
      } else unusable.add(folder);
    }
  }
  return { files, unusable };
}

/** Removes what deliveries that were cut off have left in tmp. `now` is the machine's time, as the files' times are. */
export async function sweepMaildir(dir: string, now: number): Promise<number> {
  let removed = 0;
  for (const file of await readdir(join(dir, 'tmp'))) {
    const path = join(dir, 'tmp', file);
    const { atimeMs, mtimeMs } = await stat(path);
    if (now - Math.max(atimeMs, mtimeMs) < REMAINS_MS) continue;
    await removeFile(path);
    removed += 1;
  }
  return removed;
}
