import type { FastifyInstance, FastifyReply } from 'fastify';
import { sentPage } from '../../page/sent-page.ts';
import type { WaitingRecipient } from '../../page/way-view.ts';
import type { QueueEntry } from '../../protocol/mail-queue.ts';
import { formatMailboxAddress } from '../../protocol/mailbox-address.ts';
import { ownAddress } from '../submit-letter.ts';
import type { Visit, WebDesk } from './desk.ts';

/** `GET /sent/<id>`: what the queue does with a letter that was sent just now. */
export function routeSent(app: FastifyInstance, desk: WebDesk): void {
  app.get(
    '/sent/:id',
    desk.forUser((visit) => showSent(desk, visit)),
  );
}

async function showSent(desk: WebDesk, visit: Visit): Promise<FastifyReply> {
  const id = /^[0-9a-z]{1,40}$/.exec(visit.asked.params.id ?? '')?.[0];
  if (id === undefined) return desk.notFound(visit);
  const { address } = ownAddress(desk.parts, visit.account);
  const waiting = waitingOf(desk.parts.queue.entries, address, (entry) => entry.id === id);
  return desk.page(visit.reply, sentPage(await desk.context(visit), id, waiting, visit.asked.query.copy !== 'none'));
}

/** The recipients for whom a message still waits here, if `writer` wrote it. */
export function waitingOf(
  entries: readonly QueueEntry[],
  writer: string,
  isMeant: (entry: QueueEntry) => boolean,
): WaitingRecipient[] {
  const meant = entries.filter((entry) => entry.reversePath === writer && isMeant(entry));
  return meant.flatMap(({ recipients }) =>
    recipients.flatMap(({ address, destination, state }) => {
      if (state.kind !== 'waiting') return [];
      const { tries, dueAt, lastReply } = state;
      const isHere = destination.kind === 'maildrop';
      return [{ address: isHere ? address : formatMailboxAddress(destination.address), tries, dueAt, lastReply }];
    }),
  );
}
