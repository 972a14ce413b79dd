import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import { type Fields, rawFromFields } from '#shared/http/fields.ts';
import { reasonPhrase } from '#shared/http/status.ts';
import type { BodyPart } from '../protocol/choose-answer.ts';

/** Octets that are read from a file at once. */
const READ_OCTETS = 64 * 1024;

/** Sends a head and a short body. */
export function sendWhole(
  response: ServerResponse,
  status: number,
  fields: Fields,
  body: string,
  withBody: boolean,
): number {
  const octets = Buffer.from(body, 'utf8');
  const length: Fields = status === 204 || status === 304 ? [] : [['Content-Length', String(octets.length)]];
  response.writeHead(status, reasonPhrase(status), rawFromFields([...fields, ...length]));
  response.end(withBody ? octets : undefined);
  return withBody ? octets.length : 0;
}

/**
 * Sends a head and parts of a file, as fast as the client reads. Returns the octets of the body that were sent. A file that
 * has become shorter, or a client that goes away, ends the connection: the client then sees that octets are missing.
 */
export async function sendParts(
  response: ServerResponse,
  status: number,
  fields: Fields,
  parts: readonly BodyPart[],
  file: FileHandle,
): Promise<number> {
  response.writeHead(status, reasonPhrase(status), rawFromFields(fields));
  let sent = 0;
  for (const part of parts) {
    if ('text' in part) sent += await write(response, Buffer.from(part.text, 'latin1'));
    else sent += await sendRange(response, file, part.range.first, part.range.last);
  }
  response.end();
  await finished(response);
  return sent;
}

async function sendRange(response: ServerResponse, file: FileHandle, first: number, last: number): Promise<number> {
  for (let at = first; at <= last; ) {
    const buffer = Buffer.allocUnsafe(Math.min(READ_OCTETS, last + 1 - at));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) throw new Error('the file became shorter while it was sent');
    at += await write(response, buffer.subarray(0, bytesRead));
  }
  return last - first + 1;
}

/** Writes, and waits while the client's window is full. */
async function write(response: ServerResponse, octets: Buffer): Promise<number> {
  if (response.destroyed) throw new Error('the client went away');
  if (!response.write(octets)) {
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        response.off('drain', settle);
        response.off('close', settle);
        if (response.destroyed) reject(new Error('the client went away'));
        else resolve();
      };
      response.on('drain', settle);
      response.on('close', settle);
    });
  }
  return octets.length;
}
