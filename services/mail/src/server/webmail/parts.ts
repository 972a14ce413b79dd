import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { contentDisposition, safeFilename } from '../../protocol/safe-filename.ts';
import { openMessage, partOf, readDecoded } from '../stored-message.ts';
import { sectionOf, uidOf, type Visit, type WebDesk } from './desk.ts';

/** Types that are told as they are: no browser runs anything in them. What else a message brings is octets. */
const PLAIN_TYPES =
  /^(?:image\/(?:jpeg|png|gif|webp)|audio\/[\w.+-]+|video\/[\w.+-]+|application\/(?:pdf|zip|gzip)|text\/plain)$/;

/** `GET /folder/<name>/<uid>/part/<section>` and `/raw`: a file of a message, or all of it, to be kept. */
export function routeParts(app: FastifyInstance, desk: WebDesk): void {
  app.get(
    '/folder/:folder/:uid/part/:section',
    desk.forUser((visit) => sendPart(desk, visit)),
  );
  app.get(
    '/folder/:folder/:uid/raw',
    desk.forUser((visit) => sendRaw(desk, visit)),
  );
}

async function sendPart(desk: WebDesk, visit: Visit): Promise<FastifyReply> {
  const found = await desk.folderOf(visit);
  const { uid, section } = visit.asked.params;
  const opened = found === null ? null : await openMessage(found.mailbox, uidOf(uid));
  const part = opened === null ? null : partOf(opened, sectionOf(section));
  if (opened === null || part === null || part.parts.length > 0) return desk.notFound(visit);
  const filename = attachmentName(part.filename, part.type, part.section);
  const type = PLAIN_TYPES.test(part.type) ? part.type : 'application/octet-stream';
  return send(visit.reply, readDecoded(opened, part), {
    type,
    disposition: contentDisposition('attachment', filename),
  });
}

async function sendRaw(desk: WebDesk, visit: Visit): Promise<FastifyReply> {
  const found = await desk.folderOf(visit);
  const uid = uidOf(visit.asked.params.uid);
  const pieces = (await found?.mailbox.read(uid)) ?? null;
  if (pieces === null) return desk.notFound(visit);
  const disposition = contentDisposition('attachment', `message-${uid}.eml`);
  return send(visit.reply, pieces, { type: 'application/octet-stream', disposition });
}

/** The name under which a part is kept. */
export function attachmentName(given: string, type: string, section: string): string {
  const ending = type === 'message/rfc822' ? '.eml' : type === 'text/html' ? '.html' : '';
  return safeFilename(given, `part-${section}${ending}`);
}

/** Sends what a stranger wrote: a browser must keep it, not take it for anything else, and run nothing of it. */
export function send(
  reply: FastifyReply,
  pieces: AsyncIterable<Uint8Array>,
  { type, disposition }: { type: string; disposition: string },
): FastifyReply {
  return reply
    .headers({
      'content-type': type === 'text/plain' ? 'text/plain; charset=utf-8' : type,
      'content-disposition': disposition,
      'content-security-policy': "default-src 'none'; sandbox",
    })
    .send(Readable.from(pieces, { objectMode: false }));
}
