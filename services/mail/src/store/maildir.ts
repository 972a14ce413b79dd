/**
 * One Maildir on disk: tmp, new and cur. A message is written in tmp, made to last, and then appears whole in new (or in
 * cur, when it has flags already): open O_EXCL, write, fsync, rename, fsync of the folder. Readers never see tmp.
 */
import { mkdir, open, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '#shared/host/durable-file.ts';
import { CrlfCounter, ToLineFeeds } from '../protocol/line-ends.ts';
import { formatMaildirName, type MaildirFlags, parseMaildirName, withSizes } from '../protocol/maildir-name.ts';
import { FilePieces, removeFile } from './file-pieces.ts';

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
  /** Lets it appear; it lasts after `syncFolder` of the folder that this returns. */
  publish(): Promise<string>;
  discard(): Promise<void>;
  /** The name that it will have for ever. */
  readonly base: string;
}

/**
 * Writes a message, with any line ends, to tmp.
 * @param base unique; the sizes are added to it.
 * @param arrivedAt becomes the file's time.
 */
export async function prepareMessage(
  dir: string,
  message: AsyncIterable<Uint8Array>,
  { base, flags, arrivedAt }: { base: string; flags: MaildirFlags; arrivedAt: number },
): Promise<PreparedMessage> {
  const temporary = join(dir, 'tmp', base);
  try {
    const sizes = await writeTemporary(temporary, message, arrivedAt);
    const named = withSizes(base, sizes.fileOctets, sizes.crlfOctets);
    const folder = join(dir, flags === '' ? 'new' : 'cur');
    const path = join(folder, flags === '' ? named : formatMaildirName(named, flags));
    return {
      base: named,
      publish: async () => {
        await rename(temporary, path);
        return folder;
      },
      discard: async () => {
        await removeFile(temporary);
        await removeFile(path);
      },
    };
  } catch (error) {
    await removeFile(temporary).catch(() => {});
    throw error;
  }
}

/** Lets prepared messages appear; they last when this resolves. When one cannot, the caller discards them all. */
export async function publishAll(prepared: readonly PreparedMessage[]): Promise<void> {
  const folders = new Set<string>();
  for (const message of prepared) folders.add(await message.publish());
  for (const folder of folders) await syncFolder(folder);
}

async function writeTemporary(path: string, message: AsyncIterable<Uint8Array>, arrivedAt: number) {
  const converter = new ToLineFeeds();
  const counter = new CrlfCounter();
  let fileOctets = 0;
  const handle = await open(path, 'wx', 0o600);
  try {
    const write = async (octets: Uint8Array) => {
      counter.count(octets);
      fileOctets += octets.length;
      if (octets.length > 0) await handle.writeFile(octets);
    };
    for await (const piece of message) await write(converter.convert(piece));
    await write(converter.end());
    await handle.utimes(arrivedAt / 1000, arrivedAt / 1000);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { fileOctets, crlfOctets: counter.octets };
}

/** The messages of a Maildir, by their bases. `new` is read first: a message that another program moves to cur meanwhile is then seen twice, not missed. */
export async function listMaildir(dir: string): Promise<Map<string, MaildirFile>> {
  const found = new Map<string, MaildirFile>();
  for (const folder of ['new', 'cur'] as const) {
    for (const file of await readdir(join(dir, folder))) {
      if (file.startsWith('.')) continue;
      const { base, flags, crlfOctets } = parseMaildirName(file);
      found.set(base, { folder, file, base, flags, crlfOctets });
    }
  }
  return found;
}

/** Counts what a message of another program measures with CRLF line ends. */
export async function measureFile(path: string): Promise<number> {
  const counter = new CrlfCounter();
  for await (const piece of new FilePieces(await open(path, 'r'))) counter.count(piece);
  return counter.octets;
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
