import { renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from '#shared/host/durable-file.ts';
import { keywordsIn, toFlags, toLetters } from '../protocol/imap/flags.ts';
import { fileOctetsOf, formatMaildirName, parseMaildirName, withSizes } from '../protocol/maildir-name.ts';
import type { DeliverySurroundings } from './deliveries.ts';
import { linkOrCopy } from './link-message.ts';
import type { IndexedMessage } from './mailbox-difference.ts';
import type { MailboxIndex } from './mailbox-index.ts';
import type { MaildirFile } from './maildir.ts';
import { Slices } from './slices.ts';

/** What became of messages that were moved or copied. */
export interface TransferredMessages {
  /** Of the mailbox where they are now. */
  readonly uidValidity: number;
  /** UIDs before and after, in the order that was asked for; without those that somebody has removed already. */
  readonly transferred: readonly (readonly [source: number, target: number])[];
}

/** A message that was to be moved or copied is gone. */
export class MessageGone extends Error {
  override readonly name = 'MessageGone';
}

/** The mailbox has no letter left for a keyword. */
export class KeywordsFull extends Error {
  override readonly name = 'KeywordsFull';
}

export interface TransferParts {
  readonly from: MailboxIndex;
  readonly to: MailboxIndex;
  readonly surroundings: DeliverySurroundings;
  /** Of the mailbox where the messages are. */
  readonly keywords: readonly string[];
  /** Gives letters to keywords in the other mailbox: all its keywords, or null when there are too many. */
  addKeywords(names: readonly string[]): Promise<readonly string[] | null>;
}

/** A file that gets another name, or a second one. */
export interface Transfer {
  /** That the message had. */
  readonly uid: number;
  /** What it is now. */
  readonly file: MaildirFile;
  readonly path: string;
  readonly to: string;
  readonly temporary: string;
}

/**
 * Moves or copies the files of messages from one Maildir to another, all or none. A move is a rename: the message is in one of
 * the two at each moment, whenever the process is killed. Every message gets a base of its own, because it is another message
 * with another UID there. Durable when this resolves.
 */
export async function transferMessages(
  how: 'move' | 'copy',
  uids: readonly number[],
  parts: TransferParts,
): Promise<readonly Transfer[]> {
  const { from, to, surroundings } = parts;
  const messages = [...new Set(uids)].map((uid) => from.messageOf(uid) ?? gone());
  const lettersOf = await translateFlags(messages, parts);
  const transfers = messages.map((message): Transfer => {
    const base = withSizes(surroundings.uniqueBase(), fileOctetsOf(message.base), message.octets);
    const name = formatMaildirName(base, lettersOf(message));
    const file = { folder: 'cur', ...parseMaildirName(name), file: name } as const;
    const [path, temporary] = [from.path(message), join(to.dir, 'tmp', base)];
    return { uid: message.uid, file, path, to: join(to.dir, 'cur', name), temporary };
  });
  const sizes = how === 'copy' ? messages.map(({ base, octets }) => fileOctetsOf(base) ?? octets) : [];
  const room = how === 'copy' ? await surroundings.quota.take(sizes) : null;
  try {
    await (how === 'move' ? moveFiles(transfers) : copyFiles(transfers));
    room?.filled();
  } catch (error) {
    room?.giveBack();
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? new MessageGone('A message is gone') : error;
  }
  // The new name lasts before the old one is given up for good.
  await syncFolder(join(to.dir, 'cur'));
  if (how === 'move') await Promise.all(['new', 'cur'].map((folder) => syncFolder(join(from.dir, folder))));
  return transfers;
}

function gone(): never {
  throw new MessageGone('A message is gone');
}

/** A keyword may have another letter there. */
async function translateFlags(
  messages: readonly IndexedMessage[],
  { keywords, addKeywords }: TransferParts,
): Promise<(message: IndexedMessage) => string> {
  const states = new Set(messages.map(({ flags }) => flags));
  const names = new Set([...states].flatMap((flags) => keywordsIn(toFlags(flags, keywords))));
  const there = await addKeywords([...names]);
  if (there === null) throw new KeywordsFull('The mailbox cannot have so many keywords');
  const letters = new Map([...states].map((flags) => [flags, translate(flags, keywords, there)]));
  return ({ flags }) => letters.get(flags) ?? '';
}

/** P (passed on) is no flag of IMAP, but one of Maildirs. */
function translate(flags: string, keywords: readonly string[], there: readonly string[]): string {
  return toLetters(toFlags(flags, keywords), there) + (flags.includes('P') ? 'P' : '');
}

async function moveFiles(transfers: readonly Transfer[]): Promise<void> {
  const slices = new Slices();
  const moved: Transfer[] = [];
  try {
    for (const transfer of transfers) {
      renameSync(transfer.path, transfer.to);
      moved.push(transfer);
      if (slices.isOver) await slices.rest();
    }
  } catch (error) {
    for (const { path, to } of moved) renameSync(to, path);
    throw error;
  }
}

async function copyFiles(transfers: readonly Transfer[]): Promise<void> {
  const slices = new Slices();
  const copied: Transfer[] = [];
  try {
    for (const transfer of transfers) {
      await linkOrCopy(transfer.path, transfer.to, transfer.temporary);
      copied.push(transfer);
      if (slices.isOver) await slices.rest();
    }
  } catch (error) {
    for (const { to } of copied) unlinkSync(to);
    throw error;
  }
}
