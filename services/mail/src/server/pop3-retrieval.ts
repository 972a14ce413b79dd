import type { Logger } from 'pino';
import { DotStuffer } from '../protocol/dot-stuffing.ts';
import { TopFilter } from '../protocol/message-top.ts';
import type { Pop3Output } from '../protocol/pop3-step.ts';
import type { LockedMaildrop } from './pop3-maildrop.ts';
import type { Pop3Wire } from './pop3-wire.ts';

/** The response to RETR and TOP: a message, or its beginning, piece by piece as the client reads. */
export async function sendMessage(
  wire: Pop3Wire,
  maildrop: LockedMaildrop,
  { line, uid, bodyLines }: Pop3Output & { kind: 'send-message' },
  log: Logger,
): Promise<void> {
  const message = await maildrop.read(uid).catch((error: Error) => {
    log.error(error, 'a message cannot be read');
    return 'unreadable' as const;
  });
  if (message === 'unreadable') {
    wire.reply('-ERR [SYS/TEMP] The message cannot be read now', 'RFC 3206, section 3: the trouble is on this side');
    return;
  }
  if (message === null) {
    wire.reply('-ERR The message is gone', 'another program removed it from the mailbox');
    return;
  }
  wire.reply(line);
  const stuffer = new DotStuffer();
  const top = bodyLines === null ? null : new TopFilter(bodyLines);
  for await (const piece of message) {
    await wire.write(stuffer.stuff(top === null ? piece : top.pass(piece)));
    if (top?.isOver || !wire.isOpen) break;
  }
  await wire.write(Buffer.from(stuffer.end()));
  // A message that did not reach the client whole will be fetched again.
  if (top === null && wire.isOpen) maildrop.markAsSeen(uid);
}
