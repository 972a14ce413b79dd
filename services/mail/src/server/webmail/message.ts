import type { FastifyInstance, FastifyReply } from 'fastify';
import { type MessageView, messagePage } from '../../page/message-page.ts';
import { readWay, stopsOf } from '../../protocol/message-way.ts';
import { isUnwritable } from '../../store/file-pieces.ts';
import { cleanHtml } from '../clean-html.ts';
import { isInTrash } from '../special-folders.ts';
import { type OpenedMessage, openMessage, readText, readTexts } from '../stored-message.ts';
import { ownAddress } from '../submit-letter.ts';
import { sectionOf, uidOf, type Visit, type WebDesk } from './desk.ts';
import { titleOf } from './folder-tree.ts';
import { pictureNames } from './html-frame.ts';
import { attachmentName } from './parts.ts';
import { waitingOf } from './sent.ts';

/** `GET /folder/<name>/<uid>`: a message to read; with `inside` the message that one of its parts is. */
export function routeMessage(app: FastifyInstance, desk: WebDesk): void {
  app.get(
    '/folder/:folder/:uid',
    desk.forUser((visit) => showMessage(desk, visit)),
  );
}

async function showMessage(desk: WebDesk, visit: Visit): Promise<FastifyReply> {
  const found = await desk.folderOf(visit);
  if (found === null) return desk.notFound(visit);
  const { name, mailbox } = found;
  const inside = sectionOf(visit.asked.query.inside);
  const opened = await openMessage(mailbox, uidOf(visit.asked.params.uid), inside);
  if (opened === null) return desk.notFound(visit);
  await mailbox
    .setFlags(opened.uid, (flags) => `${flags}S`)
    .catch((error: Error) => {
      // A letter can be read where nobody can note that it was.
      if (!isUnwritable(error)) throw error;
    });
  const { uidValidity, messages } = await mailbox.messages();
  const at = messages.findIndex(({ uid }) => uid === opened.uid);
  const { described, arrivedAt, uid } = opened;
  const { address } = ownAddress(desk.parts, visit.account);
  const view: MessageView = {
    folder: {
      name,
      title: titleOf(visit.folders, name, visit.words),
      uidValidity,
      isTrash: await isInTrash(visit.folders, name),
    },
    uid,
    inside,
    message: described,
    text: await readTexts(opened),
    ...(await describeHtml(opened)),
    arrivedAt,
    octets: messages[at]?.octets ?? 0,
    isStarred: messages[at]?.flags.includes('F') ?? false,
    newer: messages[at + 1]?.uid ?? null,
    older: messages[at - 1]?.uid ?? null,
    stops: inside === '' ? stopsOf(readWay(opened.scanned.entity.fields), address) : [],
    waiting: waitingOf(desk.parts.queue.entries, address, ({ messageId }) => messageId === described.messageId),
  };
  return desk.page(visit.reply, messagePage(await desk.context(visit, name), view));
}

/** Whether there is HTML to show, what it wanted from elsewhere, and which attachments it shows itself. */
async function describeHtml(opened: OpenedMessage): Promise<Pick<MessageView, 'hasHtml' | 'blocked' | 'attachments'>> {
  const { html } = opened.described;
  const attachments = opened.described.attachments.map((part) => ({
    ...part,
    shownName: attachmentName(part.filename, part.type, part.section),
  }));
  if (html === null) return { hasHtml: false, blocked: [], attachments };
  const shown = new Set<string>();
  const { blocked } = await cleanHtml(await readText(opened, html), (contentId) => {
    const section = pictureNames(opened).get(contentId);
    if (section !== undefined) shown.add(section);
    return section ?? null;
  });
  return { hasHtml: true, blocked, attachments: attachments.filter(({ section }) => !shown.has(section)) };
}
