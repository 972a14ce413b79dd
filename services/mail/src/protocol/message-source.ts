/**
 * A message as it travels: header section, the empty line, the body (RFC 5322, section 2.1), and the same inside of each part
 * (RFC 2045). Beside what is encoded to pass through 7-bit mail stands what it says: encoded words (RFC 2047), base64 and
 * quoted-printable. Lines that SMTP sends with one more full stop are marked (RFC 5321, section 4.5.2).
 */
import { type EncodedWord, findEncodedWords } from './encoded-word.ts';
import { fieldNameOf, fieldValue, lineEnd } from './header-section.ts';
import type { Entity } from './imap/entity.ts';
import { describeParts, type MessagePart, partOctets, partText } from './message-part.ts';
import { parseReceived } from './message-way.ts';
import { CR, DOT, LF, SPACE, TAB } from './octets.ts';

export interface SourceLine {
  /** Where it begins in the message. */
  readonly at: number;
  /** Without its line end. */
  readonly octets: Uint8Array;
  readonly hasEnd: boolean;
  /** It begins with a full stop: on its way by SMTP it has one more. */
  readonly isStuffed: boolean;
}

export interface SourceField {
  /** '' for a line that is no field. */
  readonly name: string;
  readonly value: string;
  readonly lines: readonly SourceLine[];
  readonly words: readonly EncodedWord[];
  /** Whether this server wrote it when the message had arrived: then it has not travelled. */
  readonly isWrittenHere: boolean;
}

export type SourceBlock =
  | { readonly kind: 'header'; readonly section: string; readonly fields: readonly SourceField[] }
  | { readonly kind: 'empty-line'; readonly section: string; readonly at: number }
  /** Delimiter lines of a multipart, and what stands before the first and behind the last. */
  | { readonly kind: 'between'; readonly lines: readonly SourceLine[] }
  | SourceBody;

export interface SourceBody {
  readonly kind: 'body';
  readonly part: MessagePart;
  /** The beginning of it. */
  readonly lines: readonly SourceLine[];
  readonly linesInAll: number;
  /** What the sender encoded; null for a body that is not encoded, or not here as a whole. */
  readonly decodedOctets: number | null;
  /** The beginning of what a text says; null for what is no text. */
  readonly text: string | null;
}

export interface MessageSource {
  readonly octets: number;
  /** Octets of 0x80 and above: none of them passes through 7-bit mail. */
  readonly eightBitOctets: number;
  readonly stuffedLines: number;
  readonly blocks: readonly SourceBlock[];
  /** There are more blocks than are told. */
  readonly isCut: boolean;
}

/** Blocks of one message; fields of one header, lines of one field; lines and characters of one body. */
const BLOCKS_MAX = 200;
const FIELDS_MAX = 200;
const FIELD_LINES_MAX = 50;
const LINES_MAX = 24;
const TEXT_LENGTH_MAX = 4_000;
/** Octets of one line that are shown: RFC 5322, section 2.1.1, allows 998. */
const LINE_OCTETS_MAX = 1_000;

/** @param message as much of it as is held, with CRLF line ends. @param mailHost the name of this server */
export function describeSource(message: Uint8Array, entity: Entity, mailHost: string): MessageSource {
  const blocks: SourceBlock[] = [];
  describeEntity(message, describeParts(entity), '', mailHost, blocks);
  return {
    octets: message.length,
    eightBitOctets: message.reduce((count, octet) => (octet >= 0x80 ? count + 1 : count), 0),
    stuffedLines: countStuffed(message),
    blocks: blocks.slice(0, BLOCKS_MAX),
    isCut:
      blocks.length > BLOCKS_MAX ||
      blocks.some((block) => block.kind === 'header' && block.fields.length >= FIELDS_MAX),
  };
}

function describeEntity(
  message: Uint8Array,
  part: MessagePart,
  section: string,
  mailHost: string,
  blocks: SourceBlock[],
): void {
  if (blocks.length > BLOCKS_MAX) return;
  const { entity } = part;
  const header = message.subarray(entity.headerFrom, entity.bodyFrom);
  const emptyAt = emptyLineAt(header);
  const fields = readFields(
    header.subarray(0, emptyAt ?? header.length),
    entity.headerFrom,
    section === '' ? mailHost : '',
  );
  if (fields.length > 0) blocks.push({ kind: 'header', section, fields });
  if (emptyAt !== null) blocks.push({ kind: 'empty-line', section, at: entity.headerFrom + emptyAt });
  if (entity.parts.length === 0) {
    blocks.push(describeBody(message, part));
    return;
  }
  let at = entity.bodyFrom;
  for (const inner of part.parts) {
    pushBetween(message, at, inner.entity.headerFrom, blocks);
    describeEntity(message, inner, inner.section, mailHost, blocks);
    at = inner.entity.bodyTo;
  }
  pushBetween(message, at, entity.bodyTo, blocks);
}

/** The line end before a delimiter belongs to it, and is an empty line of its own here: it is left out. */
function pushBetween(message: Uint8Array, from: number, to: number, blocks: SourceBlock[]): void {
  const isLineEnd = message[from] === CR && message[from + 1] === LF;
  const lines = [...linesOf(message, isLineEnd ? from + 2 : from, to, LINES_MAX)];
  if (lines.length > 0) blocks.push({ kind: 'between', lines });
}

function describeBody(message: Uint8Array, part: MessagePart): SourceBody {
  const { bodyFrom, bodyTo } = part.entity;
  const body = message.subarray(bodyFrom, bodyTo);
  const isWhole = bodyTo <= message.length;
  const isEncoded = part.encoding === 'base64' || part.encoding === 'quoted-printable';
  return {
    kind: 'body',
    part,
    lines: [...linesOf(message, bodyFrom, Math.min(bodyTo, message.length), LINES_MAX)],
    linesInAll: countLines(body),
    decodedOctets: isEncoded && isWhole ? partOctets(part, body).length : null,
    text: part.type.startsWith('text/') ? partText(part, body).slice(0, TEXT_LENGTH_MAX) : null,
  };
}

/** Where the empty line stands that ends a header; null when there is none. */
function emptyLineAt(header: Uint8Array): number | null {
  const at = header.length - 2;
  const isLineEnd = header[at] === CR && header[at + 1] === LF;
  return isLineEnd && (at === 0 || header[at - 1] === LF) ? at : null;
}

function readFields(header: Uint8Array, from: number, mailHost: string): SourceField[] {
  const fields: { name: string; lines: SourceLine[]; at: number; to: number }[] = [];
  for (let at = 0; at < header.length; at = lineEnd(header, at)) {
    const to = lineEnd(header, at);
    const [line] = linesOf(header, at, to, 1);
    if (line === undefined) break;
    const placed = { ...line, at: from + at };
    const isContinuation = header[at] === SPACE || header[at] === TAB;
    const open = fields.at(-1);
    if (isContinuation && open !== undefined) {
      if (open.lines.length < FIELD_LINES_MAX) open.lines.push(placed);
      open.to = to;
    } else if (fields.length >= FIELDS_MAX) break;
    else fields.push({ name: fieldNameOf(header.subarray(at, to)) ?? '', lines: [placed], at, to });
  }
  const isWrittenHere = writtenHere(
    fields.map(({ name, at, to }) => ({ name, octets: header.subarray(at, to) })),
    mailHost,
  );
  return fields.map(({ name, lines, at, to }, index) => {
    const value = name === '' ? '' : fieldValue({ name, octets: header.subarray(at, to) });
    return { name, value, lines, words: findEncodedWords(value), isWrittenHere: isWrittenHere(index) };
  });
}

/** RFC 5321, section 4.4: Return-Path and the topmost Received are of the server that made the final delivery. */
function writtenHere(
  fields: readonly { readonly name: string; readonly octets: Uint8Array }[],
  mailHost: string,
): (index: number) => boolean {
  const received = fields.findIndex(({ name }) => name.toLowerCase() === 'received');
  const field = fields[received];
  if (field === undefined || mailHost === '' || parseReceived(fieldValue(field)).by !== mailHost) return () => false;
  const trace = fields[received + 1]?.name.toLowerCase() === 'lab-exchange' ? received + 1 : received;
  return (index) => index <= trace;
}

function* linesOf(message: Uint8Array, from: number, to: number, linesMax: number): Generator<SourceLine> {
  let told = 0;
  for (let at = from; at < to && told < linesMax; told += 1) {
    const next = Math.min(lineEnd(message, at), to);
    const hasEnd = message[next - 1] === LF;
    const end = hasEnd ? next - (message[next - 2] === CR && next - 2 >= at ? 2 : 1) : next;
    const octets = message.subarray(at, Math.min(end, at + LINE_OCTETS_MAX));
    yield { at, octets, hasEnd, isStuffed: message[at] === DOT };
    at = next;
  }
}

function countLines(octets: Uint8Array): number {
  let lines = 0;
  for (let at = 0; at < octets.length; at = lineEnd(octets, at)) lines += 1;
  return lines;
}

function countStuffed(message: Uint8Array): number {
  let stuffed = 0;
  for (let at = 0; at < message.length; at = lineEnd(message, at)) if (message[at] === DOT) stuffed += 1;
  return stuffed;
}
