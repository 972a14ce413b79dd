import type { FolderNode } from '../../page/frame.ts';
import type { Words } from '../../page/words.ts';
import { DELIMITER, INBOX } from '../../protocol/imap/mailbox-name.ts';
import { decodeModifiedUtf7 } from '../../protocol/imap/modified-utf7.ts';
import type { AccountFolders } from '../../store/account-folders.ts';
import { specialFolderOf } from '../special-folders.ts';

/** Folders whose messages are counted; the others of an account with very many are only named. */
const COUNTED_MAX = 100;
/** The order that users know: what comes, what they write, what they throw away, and then their own. */
const ORDER = [INBOX, 'drafts', 'sent', 'junk', 'trash'];

/** The folders of an account as a tree, with what is unread in each. */
export async function readFolderTree(folders: AccountFolders, words: Words): Promise<FolderNode[]> {
  const place = (name: string) => placeOf(folders, name);
  const names = (await folders.list()).sort((one, other) => place(one) - place(other) || compare(one, other));
  const nodes: FolderNode[] = [];
  for (const [index, name] of names.entries()) {
    const mailbox = index < COUNTED_MAX ? await folders.mailbox(name) : null;
    const messages = (await mailbox?.messages().catch(() => null))?.messages ?? null;
    nodes.push({
      name,
      title: titleOf(folders, name, words),
      depth: name.split(DELIMITER).length - 1,
      use: name === INBOX ? 'inbox' : specialFolderOf(folders, name),
      total: messages?.length ?? null,
      unseen: messages?.filter(({ flags }) => !flags.includes('S')).length ?? null,
    });
  }
  return nodes;
}

/** A folder's own name, without those above it. */
export function titleOf(folders: AccountFolders, name: string, words: Words): string {
  if (name === INBOX) return words.inbox;
  const use = specialFolderOf(folders, name);
  return use === null ? (decodeModifiedUtf7(name).split(DELIMITER).at(-1) ?? name) : words[use];
}

function placeOf(folders: AccountFolders, name: string): number {
  const [top = ''] = name.split(DELIMITER);
  const place = ORDER.indexOf(top === INBOX ? INBOX : (specialFolderOf(folders, top) ?? ''));
  return place === -1 ? ORDER.length : place;
}

/** Level by level, so that a folder stands right below the one that it is in. */
function compare(one: string, other: string): number {
  const [left, right] = [one.split(DELIMITER), other.split(DELIMITER)];
  for (const [index, level] of left.entries()) {
    const difference = decodeModifiedUtf7(level).localeCompare(decodeModifiedUtf7(right[index] ?? ''));
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
