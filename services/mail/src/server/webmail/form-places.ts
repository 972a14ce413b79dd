import type { FormPlace } from '../../protocol/form-place.ts';
import type { Mailbox } from '../../store/mailbox.ts';
import { findFolder, type Visit } from './desk.ts';

/** The folder in which a form found a message; null when it is gone, also when there is another one of its name. */
export async function folderOfPlace({ folders }: Visit, place: FormPlace): Promise<Mailbox | null> {
  const found = await findFolder(folders, place.folder);
  if (found === null) return null;
  const { uidValidity } = await found.mailbox.messages();
  return uidValidity === place.uidValidity ? found.mailbox : null;
}

/** Whether one of these folders was made anew: its numbers mean other messages now (RFC 9051, section 2.3.1.1). */
export async function isMadeAnew({ folders }: Visit, places: readonly FormPlace[]): Promise<boolean> {
  for (const { folder, uidValidity } of places) {
    const found = await findFolder(folders, folder);
    if (found !== null && (await found.mailbox.messages()).uidValidity !== uidValidity) return true;
  }
  return false;
}
