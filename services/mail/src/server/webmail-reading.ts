import type { InboxRow } from '../page/pages.ts';
import { readAddressField } from '../protocol/address-field.ts';
import { type ReadMessage, readMessage } from '../protocol/mime-message.ts';
import { joinOctets } from '../protocol/octets.ts';
import type { Mailbox } from '../store/mailbox.ts';

/** Messages on one page of the inbox. */
const ROWS_PER_PAGE = 25;
/** Octets that are read of a message for its row, and to show it. */
const ROW_OCTETS_MAX = 64 * 1024;
const SHOWN_OCTETS_MAX = 4 * 1024 * 1024;

/** A page of the inbox, newest first, counted from 1. */
export async function readInboxPage(
  mailbox: Mailbox,
  wanted: number,
): Promise<{ rows: InboxRow[]; place: { page: number; pages: number; unseen: number } }> {
  const { messages } = await mailbox.messages();
  const pages = Math.max(1, Math.ceil(messages.length / ROWS_PER_PAGE));
  const page = Math.min(Math.max(1, wanted), pages);
  const shown = [...messages].reverse().slice((page - 1) * ROWS_PER_PAGE, page * ROWS_PER_PAGE);
  const rows: InboxRow[] = [];
  for (const { uid, flags } of shown) {
    const read = await readBeginning(mailbox, uid, ROW_OCTETS_MAX);
    if (read === null) continue;
    const { message, arrivedAt } = read;
    rows.push({
      uid,
      from: senderName(message.from),
      subject: message.subject,
      arrivedAt,
      isSeen: flags.includes('S'),
    });
  }
  return { rows, place: { page, pages, unseen: messages.filter(({ flags }) => !flags.includes('S')).length } };
}

/** A message to show; null when it is gone. */
export function readWhole(mailbox: Mailbox, uid: number): Promise<{ message: ReadMessage; arrivedAt: number } | null> {
  return readBeginning(mailbox, uid, SHOWN_OCTETS_MAX);
}

async function readBeginning(
  mailbox: Mailbox,
  uid: number,
  octetsMax: number,
): Promise<{ message: ReadMessage; arrivedAt: number } | null> {
  const pieces = await mailbox.read(uid);
  if (pieces === null) return null;
  const held: Uint8Array[] = [];
  let octets = 0;
  for await (const piece of pieces) {
    held.push(piece);
    octets += piece.length;
    if (octets >= octetsMax) break;
  }
  return { message: readMessage(joinOctets(held)), arrivedAt: (await mailbox.arrivedAt(uid)) ?? 0 };
}

function senderName(from: string): string {
  const [sender] = readAddressField(from);
  return sender === undefined ? from : sender.name || sender.address;
}
