import type { FastifyInstance, FastifyReply } from 'fastify';
import { OCTETS_PER_PAGE, type OctetsView, octetsPage } from '../../page/octets-page.ts';
import { sourcePage } from '../../page/source-page.ts';
import { describeSource } from '../../protocol/message-source.ts';
import { joinOctets } from '../../protocol/octets.ts';
import { openMessage, takeOctets } from '../stored-message.ts';
import { uidOf, type Visit, type WebDesk } from './desk.ts';
import { titleOf } from './folder-tree.ts';

/** Octets of a message that are explained; the rest of a longer one is not. */
const EXPLAINED_OCTETS_MAX = 2 * 1024 * 1024;

/** `GET /folder/<name>/<uid>/source`: a message as it travelled, explained; `/octets` shows each octet by its number. */
export function routeSource(app: FastifyInstance, desk: WebDesk): void {
  app.get(
    '/folder/:folder/:uid/source',
    desk.forUser((visit) => explain(desk, visit)),
  );
  app.get(
    '/folder/:folder/:uid/octets',
    desk.forUser((visit) => showOctets(desk, visit)),
  );
}

async function explain(desk: WebDesk, visit: Visit): Promise<FastifyReply> {
  const found = await desk.folderOf(visit);
  const uid = uidOf(visit.asked.params.uid);
  const opened = found === null ? null : await openMessage(found.mailbox, uid);
  const pieces = opened === null ? null : ((await found?.mailbox.read(uid)) ?? null);
  if (found === null || opened === null || pieces === null) return desk.notFound(visit);
  const octets = joinOctets(await takeOctets(pieces, EXPLAINED_OCTETS_MAX));
  const view = {
    folder: { name: found.name, title: titleOf(visit.folders, found.name, visit.words) },
    uid,
    subject: opened.described.subject,
    missing: opened.described.missing,
    source: describeSource(octets, opened.scanned.entity, desk.parts.mailHost),
    octetsInAll: found.mailbox.stored(uid)?.octets ?? octets.length,
  };
  return desk.page(visit.reply, sourcePage(await desk.context(visit, found.name), view));
}

async function showOctets(desk: WebDesk, visit: Visit): Promise<FastifyReply> {
  const found = await desk.folderOf(visit);
  const uid = uidOf(visit.asked.params.uid);
  const opened = found === null ? null : await openMessage(found.mailbox, uid);
  if (found === null || opened === null) return desk.notFound(visit);
  const inAll = found.mailbox.stored(uid)?.octets ?? 0;
  const wanted = Number(/^\d{1,12}$/.exec(visit.asked.query.from ?? '')?.[0] ?? 0);
  const from = Math.min(wanted, Math.max(0, inAll - 1));
  const first = from - (from % OCTETS_PER_PAGE);
  const octets: Uint8Array[] = [];
  let at = 0;
  for await (const piece of (await found.mailbox.read(uid)) ?? []) {
    if (at + piece.length > first) octets.push(piece.subarray(Math.max(0, first - at), first + OCTETS_PER_PAGE - at));
    at += piece.length;
    if (at >= first + OCTETS_PER_PAGE) break;
  }
  const view: OctetsView = {
    folder: { name: found.name, title: titleOf(visit.folders, found.name, visit.words) },
    uid,
    subject: opened.described.subject,
    first,
    octets: joinOctets(octets),
    octetsInAll: inAll,
    bodyAt: opened.scanned.entity.bodyFrom,
  };
  return desk.page(visit.reply, octetsPage(await desk.context(visit, found.name), view));
}
