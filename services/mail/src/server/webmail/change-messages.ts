import type { FastifyInstance, FastifyReply } from 'fastify';
import { folderPath } from '../../page/paths.ts';
import type { MaildirFlags } from '../../protocol/maildir-name.ts';
import type { Mailbox } from '../../store/mailbox.ts';
import { MessageGone } from '../../store/transfer.ts';
import { isInTrash, specialFolder } from '../special-folders.ts';
import { folderNamed, uidOf, type Visit, type WebDesk } from './desk.ts';
import { formOf, type WebForm } from './web-form.ts';

/** Flags that a button sets or takes away. */
const MARKS: Readonly<Record<string, (flags: MaildirFlags) => MaildirFlags>> = {
  seen: (flags) => `${flags}S`,
  unseen: (flags) => flags.replace('S', ''),
  star: (flags) => `${flags}F`,
  unstar: (flags) => flags.replace('F', ''),
};

/** `POST /folder/<name>/change`: what is done with chosen messages; afterwards the browser is sent back to the list. */
export function routeChanges(app: FastifyInstance, desk: WebDesk): void {
  app.post(
    '/folder/:folder/change',
    desk.forUser((visit) => change(desk, visit)),
  );
}

async function change(desk: WebDesk, visit: Visit): Promise<FastifyReply> {
  const found = await desk.folderOf(visit);
  if (found === null) return desk.notFound(visit);
  const { name, mailbox } = found;
  const form = formOf(visit.asked);
  const { uidValidity } = await mailbox.messages();
  // With another UIDVALIDITY the numbers of the form mean other messages (RFC 9051, section 2.3.1.1).
  if (form.get('uidValidity') !== String(uidValidity))
    return desk.notice(visit, 409, visit.words.folderChanged, visit.words.folderChangedExplained);
  const { act, uids } = chosen(form);
  const mark = Object.hasOwn(MARKS, act) ? MARKS[act] : undefined;
  if (mark !== undefined) await mailbox.setFlagsOf(uids, mark);
  else if (act === 'delete' && (await isInTrash(visit.folders, name))) await mailbox.expunge(uids);
  else if (act === 'delete') await moveMessages(mailbox, uids, await specialFolder(visit.folders, 'trash'));
  else if (act === 'move') {
    const to = folderNamed(form.get('to'));
    const target = to === null || to === name ? null : await visit.folders.mailbox(to);
    if (target === null) return desk.notice(visit, 404, visit.words.noSuchFolder, visit.words.chooseFolder);
    await moveMessages(mailbox, uids, target);
  }
  return visit.reply.redirect(pathBack(form.get('back'), name), 303);
}

/** A button of the list acts on the chosen messages; a button of one row (`star:12`) on this one. */
function chosen(form: WebForm): { act: string; uids: number[] } {
  const [act = '', one] = form.get('act').split(':', 2);
  const uids = (one === undefined ? form.all('uid') : [one]).map(uidOf).filter((uid) => uid > 0);
  return { act, uids: [...new Set(uids)] };
}

/** Another program may remove one of them at the same moment: then the others are moved without it. */
const MOVES_MAX = 3;

async function moveMessages(from: Mailbox, uids: readonly number[], to: Mailbox): Promise<void> {
  for (let left = MOVES_MAX; left > 0; left -= 1) {
    const { messages } = await from.messages();
    const there = new Set(messages.map(({ uid }) => uid));
    try {
      await from.move(
        uids.filter((uid) => there.has(uid)),
        to,
      );
      return;
    } catch (error) {
      if (!(error instanceof MessageGone) || left === 1) throw error;
    }
  }
}

/** The page of the list, or of the search, that the form stood on. */
function pathBack(query: string, name: string): string {
  return folderPath(name) + (/^\?[\w%.~=&+!'()*-]{1,3000}$/.test(query) ? query : '');
}
