import type { FileHandle } from 'node:fs/promises';
import type { BodyPart } from '../protocol/choose-answer.ts';
import type { Reply } from './incoming.ts';

/** Octets that are read from a file at once. */
const READ_OCTETS = 64 * 1024;

/** Where the octets of a representation are: in its file, or in memory when they were made from it. */
export type OctetSource = FileHandle | Uint8Array;

/**
 * Sends parts of a representation, as fast as the client reads. Returns the octets that were sent.
 *
 * @throws Error when the client went away, or the file has become shorter
 */
export async function sendParts(reply: Reply, parts: readonly BodyPart[], source: OctetSource): Promise<number> {
  let sent = 0;
  for (const part of parts) {
    if ('text' in part) {
      await reply.write(Buffer.from(part.text, 'latin1'));
      sent += part.text.length;
      continue;
    }
    const { first, last } = part.range;
    if (source instanceof Uint8Array) await reply.write(source.subarray(first, last + 1));
    else await sendRange(reply, source, first, last);
    sent += last + 1 - first;
  }
  return sent;
}

async function sendRange(reply: Reply, file: FileHandle, first: number, last: number): Promise<void> {
  for (let at = first; at <= last; ) {
    const buffer = Buffer.allocUnsafe(Math.min(READ_OCTETS, last + 1 - at));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) throw new Error('the file became shorter while it was sent');
    await reply.write(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}
