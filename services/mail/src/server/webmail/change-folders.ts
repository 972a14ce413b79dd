import type { FastifyInstance, FastifyReply } from 'fastify';
import { foldersPage } from '../../page/folders-page.ts';
import { folderPath } from '../../page/paths.ts';
import { INBOX } from '../../protocol/imap/mailbox-name.ts';
import { type AccountFolders, FolderFault } from '../../store/account-folders.ts';
import { specialFolderOf } from '../special-folders.ts';
import { folderNamed, type Visit, type WebDesk } from './desk.ts';
import { formOf } from './web-form.ts';

/** `/folders`: folders are made, renamed and deleted. */
export function routeFolderChanges(app: FastifyInstance, desk: WebDesk): void {
  app.get(
    '/folders',
    desk.forUser((visit) => show(desk, visit, null)),
  );
  app.post(
    '/folders',
    desk.forUser((visit) => change(desk, visit)),
  );
}

async function show(desk: WebDesk, visit: Visit, trouble: string | null): Promise<FastifyReply> {
  const reply = trouble === null ? visit.reply : visit.reply.code(422);
  return desk.page(reply, foldersPage(await desk.context(visit, '/folders'), trouble));
}

async function change(desk: WebDesk, visit: Visit): Promise<FastifyReply> {
  const { folders, words } = visit;
  const form = formOf(visit.asked);
  const folder = folderNamed(form.get('folder'));
  const title = form.get('name').trim();
  // What nobody sees or could type again is no part of a name.
  const name = /[\p{Cc}\p{Cf}]/u.test(title) ? null : folderNamed(title);
  try {
    switch (form.get('act')) {
      case 'create': {
        if (name === null) return show(desk, visit, words.badFolderName);
        await folders.create(name);
        await folders.setSubscribed(name, true);
        return visit.reply.redirect(folderPath(name), 303);
      }
      case 'rename': {
        if (name === null || folder === null || isFixed(folders, folder)) return show(desk, visit, words.badFolderName);
        await folders.rename(folder, name);
        return visit.reply.redirect(folderPath(name), 303);
      }
      case 'delete': {
        if (folder === null || isFixed(folders, folder)) return show(desk, visit, words.badFolderName);
        await folders.delete(folder);
        return visit.reply.redirect('/folders', 303);
      }
      default:
        return show(desk, visit, null);
    }
  } catch (error) {
    if (error instanceof FolderFault) return show(desk, visit, words.folderFaults[error.kind]);
    throw error;
  }
}

/** Other programs look for these under their names. */
function isFixed(folders: AccountFolders, name: string): boolean {
  return name === INBOX || specialFolderOf(folders, name) !== null;
}
