import { isInferior } from '../protocol/imap/mailbox-name.ts';
import type { SpecialUse } from '../protocol/special-use.ts';
import { type AccountFolders, FolderFault } from '../store/account-folders.ts';
import type { Mailbox } from '../store/mailbox.ts';

/** The folders that a mail program uses without being told (RFC 6154, section 2), and their names where nobody has chosen others. */
const SPECIAL_FOLDERS = {
  sent: { use: '\\Sent', name: 'Sent' },
  drafts: { use: '\\Drafts', name: 'Drafts' },
  trash: { use: '\\Trash', name: 'Trash' },
  junk: { use: '\\Junk', name: 'Junk' },
} as const satisfies Readonly<Record<string, { use: SpecialUse; name: string }>>;
export type SpecialFolder = keyof typeof SPECIAL_FOLDERS;

/** What a folder is for; null for one like others. */
export function specialFolderOf(folders: AccountFolders, name: string): SpecialFolder | null {
  const use = folders.specialUse(name);
  const found = Object.entries(SPECIAL_FOLDERS).find(([, one]) => one.use === use);
  return use === null || found === undefined ? null : (found[0] as SpecialFolder);
}

/** The name of the folder for `use`, whether there is one or not. */
export async function specialFolderName(folders: AccountFolders, use: SpecialFolder): Promise<string> {
  const wanted = SPECIAL_FOLDERS[use];
  const names = await folders.list();
  return names.find((name) => folders.specialUse(name) === wanted.use) ?? wanted.name;
}

/** The folder itself, made anew where the user has deleted it. */
export async function specialFolder(folders: AccountFolders, use: SpecialFolder): Promise<Mailbox> {
  const name = await specialFolderName(folders, use);
  const there = await folders.mailbox(name);
  if (there !== null) return there;
  await folders.create(name).catch((error: Error) => {
    // Somebody else was quicker.
    if (!(error instanceof FolderFault && error.kind === 'exists')) throw error;
  });
  return (await folders.mailbox(name)) as Mailbox;
}

/** Puts a message into one of these folders; its UID there, or null when another program has it removed already. */
export async function fileCopy(
  folders: AccountFolders,
  use: SpecialFolder,
  message: AsyncIterable<Uint8Array>,
  flags: string,
): Promise<number | null> {
  const folder = await specialFolder(folders, use);
  const { uids } = await folder.add([{ message, flags }]);
  return uids[0] ?? null;
}

/** Whether messages that are deleted here are gone for ever. */
export async function isInTrash(folders: AccountFolders, name: string): Promise<boolean> {
  const trash = await specialFolderName(folders, 'trash');
  return name === trash || isInferior(name, trash);
}
