/**
 * A reader of HTTP/1.x messages for tests: RFC 9112 word for word, without any of the leniency that it allows. It is written
 * apart from what the lab's programs use, on purpose: an error that both made would be seen by nobody.
 *
 * It works on the whole text of a connection (Latin-1, one character an octet) and says of the message at one place whether it
 * is there, not yet there, or no message at all.
 */

import type { Field, Fields } from '../../fields.ts';

/** What a body is framed by (RFC 9112, section 6.3). */
type Framing =
  | { readonly by: 'nothing' }
  | { readonly by: 'chunks' }
  | { readonly by: 'close' }
  | { readonly by: 'length'; readonly octets: number };

interface Head {
  /** Request line or status line. */
  readonly start: readonly string[];
  readonly fields: Fields;
  /** Where what follows begins. */
  readonly end: number;
}

export interface Message extends Head {
  readonly body: string;
  readonly by: Framing['by'];
}

export type Reading =
  | { readonly kind: 'message'; readonly message: Message }
  /** `head` and the part of the body that is there, where the head is. */
  | { readonly kind: 'unfinished'; readonly head: Head | null; readonly part: string }
  | { readonly kind: 'wrong'; readonly because: string; readonly head: Head | null; readonly part: string };

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
// RFC 9110, section 2.5: a higher minor version is read as the highest that is known.
const REQUEST_LINE = new RegExp(`^(${TOKEN}) ([\\x21-\\x7e]+) HTTP/(1\\.\\d)$`);
// The blank before an empty reason phrase is missing in the answers of many servers; nothing is unclear without it.
const STATUS_LINE = /^HTTP\/(1\.\d) ([1-5]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const FIELD_LINE = new RegExp(`^(${TOKEN}):[ \\t]*([\\t\\x20-\\x7e\\x80-\\xff]*?)[ \\t]*$`);
const CHUNK_LINE = /^([0-9A-Fa-f]{1,16})[ \t]*(;[\t\x20-\x7e\x80-\xff]*)?$/;
const HOST = /^([A-Za-z0-9._~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(:\d*)?$/;
/** A CR or LF that is not part of CRLF. */
const BARE = /\r(?!\n|$)|(?<!\r)\n/;

class Wrong extends Error {}

/** The request that begins at `from`; empty lines before it are passed over (RFC 9112, section 2.2). */
export function readRequest(text: string, from: number): Reading {
  let at = from;
  while (text.startsWith('\r\n', at)) at += 2;
  return read(text, at, REQUEST_LINE, (head) => requestFraming(head));
}

/**
 * The response that begins at `from`, to a request of that method.
 *
 * @param ended whether nothing more will come: this is what ends some bodies
 */
export function readResponse(text: string, from: number, method: string, ended: boolean): Reading {
  return read(text, from, STATUS_LINE, (head) => responseFraming(head, method), ended);
}

function read(
  text: string,
  from: number,
  startLine: RegExp,
  framingOf: (head: Head) => Framing,
  ended = false,
): Reading {
  let head: Head | null = null;
  let part = '';
  try {
    head = readHead(text, from, startLine);
    if (head === null) return { kind: 'unfinished', head, part };
    const framing = framingOf(head);
    const { body, end } = readBody(text, head.end, framing, ended, (octets) => {
      part += octets;
    });
    if (body === null) return { kind: 'unfinished', head, part };
    return { kind: 'message', message: { ...head, body, end, by: framing.by } };
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return { kind: 'wrong', because: error.message, head, part };
  }
}

function readHead(text: string, from: number, startLine: RegExp): Head | null {
  const end = text.indexOf('\r\n\r\n', from);
  if (end === -1) {
    const bare = BARE.exec(text.slice(from));
    if (bare !== null) throw new Wrong('a CR or LF that stands alone');
    return null;
  }
  const [first = '', ...lines] = text.slice(from, end).split('\r\n');
  const start = startLine.exec(first);
  if (start === null) throw new Wrong(`a start line that is none: ${JSON.stringify(first.slice(0, 80))}`);
  return { start: start.slice(1), fields: lines.map(readField), end: end + 4 };
}

function readField(line: string): Field {
  const parts = FIELD_LINE.exec(line);
  if (parts === null) throw new Wrong(`a field line that is none: ${JSON.stringify(line.slice(0, 80))}`);
  return [parts[1]!, parts[2]!];
}

/** All lines of that name. */
export function linesOf(fields: Fields, name: string): string[] {
  return fields.flatMap(([given, value]) => (given.toLowerCase() === name ? [value] : []));
}

function requestFraming({ start, fields }: Head): Framing {
  const hosts = linesOf(fields, 'host');
  if (hosts.length > 1) throw new Wrong('more than one Host');
  if (hosts.length === 0 && start[2] !== '1.0') throw new Wrong('no Host');
  if (hosts.length === 1 && !HOST.test(hosts[0]!)) throw new Wrong('a Host that is none');
  return framingOf(start[2]!, fields) ?? { by: 'nothing' };
}

function responseFraming({ start, fields }: Head, method: string): Framing {
  const status = Number(start[1]);
  // An interim response ends with its head, whatever it says (RFC 9112, section 6.3, item 1).
  const framing = status < 200 ? null : framingOf(start[0]!, fields);
  const hasNone = method === 'HEAD' || status < 200 || status === 204 || status === 304;
  if (hasNone || (method === 'CONNECT' && status < 300)) return { by: 'nothing' };
  return framing ?? { by: 'close' };
}

function membersOf(line: string): string[] {
  return line.split(',').map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''));
}

/** What the two fields say that frame a body; null where there is none. */
function framingOf(version: string, fields: Fields): Framing | null {
  const codings = linesOf(fields, 'transfer-encoding');
  const lengths = linesOf(fields, 'content-length').flatMap(membersOf);
  if (codings.length > 0) {
    if (version === '1.0') throw new Wrong('Transfer-Encoding in HTTP/1.0');
    if (lengths.length > 0) throw new Wrong('Transfer-Encoding and Content-Length');
    // RFC 9110, section 5.6.1.2: empty members of a list are passed over.
    const members = codings.flatMap((line) => line.split(',')).map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''));
    if (
      members
        .filter((member) => member !== '')
        .join()
        .toLowerCase() !== 'chunked'
    )
      throw new Wrong('a transfer coding that is not chunked');
    return { by: 'chunks' };
  }
  if (lengths.length === 0) return null;
  const [length = ''] = lengths;
  if (!/^\d+$/.test(length) || !Number.isSafeInteger(Number(length)))
    throw new Wrong('a Content-Length that is no number');
  if (lengths.some((other) => other !== length)) throw new Wrong('two values of Content-Length');
  return { by: 'length', octets: Number(length) };
}

interface Body {
  /** Null where it has not come whole. */
  readonly body: string | null;
  readonly end: number;
}

function readBody(text: string, from: number, framing: Framing, ended: boolean, came: (octets: string) => void): Body {
  if (framing.by === 'nothing') return { body: '', end: from };
  if (framing.by === 'chunks') return readChunks(text, from, came);
  const end = framing.by === 'close' ? text.length : from + framing.octets;
  const octets = text.slice(from, end);
  came(octets);
  const isWhole = framing.by === 'close' ? ended : text.length >= end;
  return { body: isWhole ? octets : null, end };
}

function readChunks(text: string, from: number, came: (octets: string) => void): Body {
  let body = '';
  let at = from;
  for (;;) {
    const lineEnd = text.indexOf('\n', at);
    const line = text.slice(at, lineEnd === -1 ? text.length : lineEnd);
    if (lineEnd === -1 && (BARE.test(line) || !/^([0-9A-Fa-f]{1,16}([ \t]*|[ \t]*;.*))?\r?$/s.test(line)))
      throw new Wrong('a chunk size that is none');
    if (lineEnd === -1) return { body: null, end: at };
    const size = line.endsWith('\r') ? CHUNK_LINE.exec(line.slice(0, -1)) : null;
    if (size === null) throw new Wrong(`a chunk size that is none: ${JSON.stringify(line.slice(0, 80))}`);
    const octets = Number.parseInt(size[1]!, 16);
    if (!Number.isSafeInteger(octets)) throw new Wrong('a chunk size that overflows');
    at = lineEnd + 1;
    if (octets === 0) return { body: readTrailers(text, at) === null ? null : body, end: readTrailers(text, at) ?? at };
    const chunk = text.slice(at, at + octets);
    came(chunk);
    body += chunk;
    at += octets;
    if (!'\r\n'.startsWith(text.slice(at, at + 2))) throw new Wrong('a chunk that is not followed by CRLF');
    if (text.length < at + 2) return { body: null, end: at };
    at += 2;
  }
}

/** Where the message ends; null where that has not come. */
function readTrailers(text: string, from: number): number | null {
  if (text.startsWith('\r\n', from)) return from + 2;
  const end = text.indexOf('\r\n\r\n', from);
  if (end === -1) {
    if (BARE.test(text.slice(from))) throw new Wrong('a CR or LF that stands alone');
    return null;
  }
  for (const line of text.slice(from, end).split('\r\n')) readField(line);
  return end + 4;
}
