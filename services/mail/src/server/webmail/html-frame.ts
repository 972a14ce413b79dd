import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { htmlFrame } from '../../page/html-frame.ts';
import { folderPath } from '../../page/paths.ts';
import { cleanHtml } from '../clean-html.ts';
import { type OpenedMessage, openMessage, partOf, readDecoded, readText } from '../stored-message.ts';
import type { WebSession } from '../web-sessions.ts';
import { type Asked, folderNamed, sectionOf, uidOf, type Visit, type WebDesk } from './desk.ts';
import { send } from './parts.ts';

/** Pictures that a frame may show. SVG is a document with scripts, and is none of them. */
const PICTURE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];

/**
 * `GET /folder/<name>/<uid>/html`: the HTML of a message, for a frame without scripts and without our origin. A frame
 * without an origin sends no cookie, so the pictures of the message are asked for under a key that only it knows:
 * `GET /picture/<session>/<key>/<folder>/<uid>/<section>`.
 */
export function routeHtmlFrame(app: FastifyInstance, desk: WebDesk): void {
  app.get(
    '/folder/:folder/:uid/html',
    desk.forUser((visit) => showFrame(desk, visit)),
  );
  app.get('/picture/:name/:key/:folder/:uid/:section', (asked: Asked, reply) => showPicture(desk, asked, reply));
}

async function showFrame(desk: WebDesk, visit: Visit): Promise<FastifyReply> {
  const found = await desk.folderOf(visit);
  const inside = sectionOf(visit.asked.query.inside);
  const opened = found === null ? null : await openMessage(found.mailbox, uidOf(visit.asked.params.uid), inside);
  if (found === null || opened === null || opened.described.html === null) return desk.notFound(visit);
  const names = pictureNames(opened);
  const { session } = visit;
  const place = folderPath(found.name).slice('/folder/'.length);
  const key = pictureKey(session, `${place}/${opened.uid}`);
  const { html } = await cleanHtml(await readText(opened, opened.described.html), (contentId) => {
    const section = names.get(contentId);
    return section === undefined ? null : `/picture/${session.pictureName}/${key}/${place}/${opened.uid}/${section}`;
  });
  const pictures = `${visit.asked.protocol}://${visit.asked.host}/picture/${session.pictureName}/${key}/`;
  return visit.reply
    .headers({
      'content-security-policy': `default-src 'none'; img-src ${pictures} data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox`,
      'referrer-policy': 'no-referrer',
    })
    .type('text/html; charset=utf-8')
    .send(htmlFrame(html, visit.language));
}

async function showPicture(desk: WebDesk, asked: Asked, reply: FastifyReply): Promise<FastifyReply> {
  const { name = '', key = '', folder = '', uid, section } = asked.params;
  const session = desk.sessions.findByPictureName(name);
  const folderName = folderNamed(folder);
  const place = folderName === null ? '' : folderPath(folderName).slice('/folder/'.length);
  const isAllowed = session !== null && isSame(pictureKey(session, `${place}/${uidOf(uid)}`), key);
  const mailbox =
    isAllowed && folderName !== null ? await desk.parts.mailboxes.folders(session.account).mailbox(folderName) : null;
  const opened = mailbox === null ? null : await openMessage(mailbox, uidOf(uid));
  const part = opened === null ? null : partOf(opened, sectionOf(section));
  if (opened === null || part === null || !PICTURE_TYPES.includes(part.type)) return reply.code(404).send('');
  return send(reply, readDecoded(opened, part), { type: part.type, disposition: 'inline' });
}

/** The pictures that the HTML of a message may name by `cid:`, with the numbers of their parts. */
export function pictureNames({ described }: OpenedMessage): Map<string, string> {
  return new Map(
    described.attachments
      .filter(({ contentId, type }) => contentId !== '' && PICTURE_TYPES.includes(type))
      .map(({ contentId, section }) => [contentId, section]),
  );
}

/** Opens the pictures of one message, for as long as the session lasts. */
function pictureKey({ pictureSecret }: WebSession, place: string): string {
  return createHmac('sha256', pictureSecret).update(place).digest('base64url');
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
