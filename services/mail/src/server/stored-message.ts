import { htmlText } from '../protocol/html-scan.ts';
import { describeParts, findPart, type MessagePart, partText } from '../protocol/message-part.ts';
import { type DescribedMessage, describeMessage } from '../protocol/mime-message.ts';
import { joinOctets } from '../protocol/octets.ts';
import { openPartDecoder } from '../protocol/part-decoder.ts';
import type { Mailbox } from '../store/mailbox.ts';
import { readRange, type ScannedMessage, scanMessage } from './message-reading.ts';

/** A message of a mailbox as people read it; its bodies are read when they are asked for. */
export interface OpenedMessage {
  readonly mailbox: Mailbox;
  readonly uid: number;
  readonly scanned: ScannedMessage;
  /** The message itself, or the one inside of it that was asked for. */
  readonly described: DescribedMessage;
  readonly arrivedAt: number;
}

/** Octets of one text that are read: more is not shown. */
const TEXT_OCTETS_MAX = 1024 * 1024;

/**
 * @param inside the number of a part that is a message, to open that one; '' for the message itself.
 * @returns null when there is none
 */
export async function openMessage(mailbox: Mailbox, uid: number, inside = ''): Promise<OpenedMessage | null> {
  // Nobody may have looked into the mailbox since the start.
  if (mailbox.stored(uid) === null) await mailbox.messages();
  const scanned = await scanMessage(mailbox, uid, 'whole');
  const arrivedAt = await mailbox.arrivedAt(uid);
  if (scanned === null || arrivedAt === null) return null;
  const entity = inside === '' ? scanned.entity : findPart(describeParts(scanned.entity), inside)?.entity.message;
  if (entity === null || entity === undefined) return null;
  return { mailbox, uid, scanned, described: describeMessage(entity, inside), arrivedAt };
}

/** A part of the message or of one inside; null when there is none of that number. */
export function partOf({ scanned }: OpenedMessage, section: string): MessagePart | null {
  return findPart(describeParts(scanned.entity), section);
}

/** A part's body as it travelled. */
function readBody({ mailbox, uid, scanned }: OpenedMessage, { entity }: MessagePart): AsyncGenerator<Uint8Array> {
  return readRange(mailbox, uid, scanned, entity.bodyFrom, entity.bodyTo);
}

/** A part as its sender had it, in pieces: a large one is never held. */
export async function* readDecoded(opened: OpenedMessage, part: MessagePart): AsyncGenerator<Uint8Array> {
  const decoder = openPartDecoder(part.encoding);
  for await (const piece of readBody(opened, part)) {
    const octets = decoder.push(piece);
    if (octets.length > 0) yield octets;
  }
  yield decoder.end();
}

/** A part as text, no more of it than people read. */
export async function readText(opened: OpenedMessage, part: MessagePart): Promise<string> {
  return partText(part, joinOctets(await takeOctets(readBody(opened, part), TEXT_OCTETS_MAX)));
}

/** The plain text of a message, all its parts one after the other. */
export async function readTexts(opened: OpenedMessage): Promise<string> {
  const { texts } = opened.described;
  const bodies = await readBodies(opened, texts);
  return texts.map((part, index) => partText(part, bodies[index]!)).join('\n');
}

/** What a person would quote: the plain text, or the words of the HTML where there is no other text. */
export async function readWords(opened: OpenedMessage): Promise<string> {
  const { texts, html } = opened.described;
  return texts.length === 0 && html !== null ? htmlText(await readText(opened, html)) : readTexts(opened);
}

/**
 * The bodies of parts that stand one behind the other, no more octets in all than people read. The message is passed once: a
 * thousand parts may stand behind a large file.
 */
async function readBodies(
  { mailbox, uid, scanned }: OpenedMessage,
  parts: readonly MessagePart[],
): Promise<Uint8Array[]> {
  const bodies: Uint8Array[][] = parts.map(() => []);
  const [begin, end] = [parts[0]?.entity.bodyFrom ?? 0, parts.at(-1)?.entity.bodyTo ?? 0];
  let [at, next, left] = [begin, 0, TEXT_OCTETS_MAX];
  for await (const piece of readRange(mailbox, uid, scanned, begin, end)) {
    for (; next < parts.length && left > 0; next += 1) {
      const { bodyFrom, bodyTo } = parts[next]!.entity;
      if (bodyFrom >= at + piece.length) break;
      const octets = piece.subarray(Math.max(0, bodyFrom - at), Math.max(0, bodyTo - at)).subarray(0, left);
      bodies[next]!.push(octets);
      left -= octets.length;
      // The rest of it is in the next piece.
      if (bodyTo > at + piece.length) break;
    }
    if (left === 0) break;
    at += piece.length;
  }
  return bodies.map(joinOctets);
}

/** The beginning of what comes; nothing more is read. */
export async function takeOctets(pieces: AsyncIterable<Uint8Array>, octetsMax: number): Promise<Uint8Array[]> {
  const taken: Uint8Array[] = [];
  let octets = 0;
  for await (const piece of pieces) {
    taken.push(piece.subarray(0, octetsMax - octets));
    octets += piece.length;
    if (octets >= octetsMax) break;
  }
  return taken;
}
