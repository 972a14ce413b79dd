/** Messages of HTTP/1.x as they stood on the wire (RFC 9112), taken apart leniently: the suite judges others by what it sees. */
import { type Field, type Fields, fieldValue } from '#shared/http/fields.ts';
import type { FieldSet } from './case.ts';
import type { TextStream } from './text-stream.ts';

export interface Message {
  readonly startLine: string;
  readonly fields: Fields;
  readonly body: string;
  readonly trailers: Fields;
  /** Whether its framing came to its end. */
  readonly isWhole: boolean;
}

/** How the body of a message ends where its fields do not say: there is none (requests), or with the connection. */
type Otherwise = 'none' | 'until-close';

/** The next message, or null when the connection ends before it has begun. */
export async function readMessage(
  stream: TextStream,
  otherwise: Otherwise,
  hasBody: (status: number) => boolean = () => true,
  onHead: (fields: Fields) => void = () => {},
): Promise<Message | null> {
  const startLine = await stream.line();
  if (startLine === null) return null;
  const fields = await readFields(stream);
  if (fields === null) return { startLine, fields: [], body: '', trailers: [], isWhole: false };
  onHead(fields);
  const status = Number(startLine.split(' ')[1]);
  const body = hasBody(status) ? await readBody(stream, fields, otherwise) : NO_BODY;
  return { startLine, fields, ...body };
}

type Body = Pick<Message, 'body' | 'trailers' | 'isWhole'>;
const NO_BODY: Body = { body: '', trailers: [], isWhole: true };

async function readBody(stream: TextStream, fields: Fields, otherwise: Otherwise): Promise<Body> {
  if (/chunked\s*$/i.test(fieldValue(fields, 'Transfer-Encoding') ?? '')) return readChunks(stream);
  const length = fieldValue(fields, 'Content-Length');
  if (length !== undefined) {
    const body = await stream.octets(Number.parseInt(length, 10));
    return { body, trailers: [], isWhole: body.length === Number.parseInt(length, 10) };
  }
  return otherwise === 'none' ? NO_BODY : { body: await stream.rest(), trailers: [], isWhole: true };
}

async function readChunks(stream: TextStream): Promise<Body> {
  let body = '';
  for (;;) {
    const size = Number.parseInt((await stream.line()) ?? '', 16);
    if (Number.isNaN(size)) return { body, trailers: [], isWhole: false };
    if (size === 0) {
      const trailers = await readFields(stream);
      return { body, trailers: trailers ?? [], isWhole: trailers !== null };
    }
    const chunk = await stream.octets(size);
    body += chunk;
    if (chunk.length < size) return { body, trailers: [], isWhole: false };
    await stream.line();
  }
}

async function readFields(stream: TextStream): Promise<Fields | null> {
  const fields: Field[] = [];
  for (;;) {
    const line = await stream.line();
    if (line === null) return null;
    if (line === '') return fields;
    const colon = line.indexOf(':');
    fields.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
  }
}

/** Field lines as they are sent. */
export function formatFields(fields: FieldSet): string {
  return Object.entries(fields)
    .flatMap(([name, value]) => [value].flat().map((line) => `${name}: ${line}\r\n`))
    .join('');
}

/** The body in two chunks, and trailer fields. */
export function formatChunks(body: string, trailers: FieldSet = {}): string {
  const half = Math.ceil(body.length / 2);
  const chunks = [body.slice(0, half), body.slice(half)].filter((chunk) => chunk !== '');
  return `${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n${formatFields(trailers)}\r\n`;
}

export function hasFieldIn(fields: FieldSet, name: string): boolean {
  return Object.keys(fields).some((given) => given.toLowerCase() === name.toLowerCase());
}
