/**
 * Reading a message: RFC 5322 for its header section, RFC 2045 and RFC 2046 for its parts. For a reader of text: the first
 * part of plain text is its text; HTML is never interpreted; other parts are named with their size.
 */
import { decodeCharset } from './charset.ts';
import { decodeEncodedWords } from './encoded-word.ts';
import { fieldValue, firstValue, type HeaderField, lineEnd, splitHeaderSection } from './header-section.ts';
import { fromBinaryText, toBinaryText } from './octets.ts';
import { decodeBase64, decodeQuotedPrintable } from './transfer-encoding.ts';

export interface ReadMessage {
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  readonly subject: string;
  readonly date: string;
  readonly messageId: string;
  readonly references: string;
  readonly replyTo: string;
  /** Every header field, decoded, in the order of the message. */
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  readonly text: string;
  /** Parts that are not shown. */
  readonly otherParts: readonly OtherPart[];
}

export interface OtherPart {
  readonly type: string;
  readonly filename: string;
  readonly octets: number;
}

export interface ContentType {
  /** In lower case: "text/plain". */
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Parts inside of parts are followed this far, and no more parts than this are read. */
const DEPTH_MAX = 20;
const PARTS_MAX = 200;
/** Characters of text, and header fields, that are given back at most. */
const TEXT_LENGTH_MAX = 512 * 1024;
const FIELDS_MAX = 200;
/** Longest boundary (RFC 2046, section 5.1.1). */
const BOUNDARY_LENGTH_MAX = 70;

interface Reading {
  text: string | null;
  html: string | null;
  readonly otherParts: OtherPart[];
  parts: number;
}

export function readMessage(message: Uint8Array): ReadMessage {
  const { fields, bodyAt } = splitHeaderSection(message);
  const reading: Reading = { text: null, html: null, otherParts: [], parts: 0 };
  readEntity(fields, message.subarray(bodyAt), 0, reading);
  const value = (name: string) => decodeEncodedWords(firstValue(fields, name) ?? '');
  return {
    from: value('From'),
    to: value('To'),
    cc: value('Cc'),
    subject: value('Subject'),
    date: value('Date'),
    messageId: value('Message-ID'),
    references: value('References'),
    replyTo: value('Reply-To'),
    fields: fields
      .slice(0, FIELDS_MAX)
      .map((field) => ({ name: field.name, value: decodeEncodedWords(fieldValue(field)) })),
    text: (reading.text ?? reading.html ?? '').slice(0, TEXT_LENGTH_MAX),
    otherParts: reading.otherParts,
  };
}

function readEntity(fields: readonly HeaderField[], body: Uint8Array, depth: number, reading: Reading): void {
  if (reading.parts >= PARTS_MAX) return;
  reading.parts += 1;
  const { type, parameters } = parseContentType(firstValue(fields, 'Content-Type') ?? '');
  const boundary = parameters.get('boundary') ?? '';
  if (type.startsWith('multipart/') && boundary !== '' && boundary.length <= BOUNDARY_LENGTH_MAX && depth < DEPTH_MAX) {
    for (const part of splitParts(body, boundary)) {
      const section = splitHeaderSection(part);
      readEntity(section.fields, part.subarray(section.bodyAt), depth + 1, reading);
    }
    return;
  }
  const disposition = parseContentType(firstValue(fields, 'Content-Disposition') ?? '');
  const isAttachment = disposition.type === 'attachment';
  if (type === 'text/plain' && reading.text === null && !isAttachment) {
    reading.text = decodeBody(fields, body, parameters.get('charset') ?? '');
    return;
  }
  // The source of an HTML part is shown only where there is no plain text, and as text.
  if (type === 'text/html' && reading.html === null && !isAttachment)
    reading.html = decodeBody(fields, body, parameters.get('charset') ?? '');
  const filename = decodeEncodedWords(disposition.parameters.get('filename') ?? parameters.get('name') ?? '');
  reading.otherParts.push({ type, filename, octets: body.length });
}

function decodeBody(fields: readonly HeaderField[], body: Uint8Array, charset: string): string {
  const encoding = (firstValue(fields, 'Content-Transfer-Encoding') ?? '').trim().toLowerCase();
  const octets =
    encoding === 'base64' ? decodeBase64(body) : encoding === 'quoted-printable' ? decodeQuotedPrintable(body) : body;
  return decodeCharset(octets, charset).replace(/\r\n/g, '\n');
}

/** RFC 2045, section 5.1; what cannot be read is text/plain (section 5.2). Also reads Content-Disposition (RFC 2183). */
export function parseContentType(value: string): ContentType {
  const [, type = 'text/plain', rest = ''] = /^\s*([\w!#$&^.+-]+(?:\/[\w!#$&^.+-]+)?)\s*(.*)$/s.exec(value) ?? [];
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, token = ''] of rest.matchAll(PARAMETER)) {
    parameters.set(name.toLowerCase(), quoted === undefined ? token : quoted.replace(/\\(.)/gs, '$1'));
  }
  for (const name of ['filename', 'name']) {
    const extended = extendedParameter(parameters, name);
    if (extended !== null) parameters.set(name, extended);
  }
  return { type: type.toLowerCase(), parameters };
}

const PARAMETER = /;\s*([\w*-]{1,60})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/gs;
/** Pieces of one parameter that are joined. */
const PIECES_MAX = 50;

/** A parameter in pieces or in another character set: RFC 2231. `filename*0*=utf-8''%EB%A9%94; filename*1*=%EB%89%B4` */
function extendedParameter(parameters: ReadonlyMap<string, string>, name: string): string | null {
  const pieces: string[] = [];
  for (let index = 0; index < PIECES_MAX; index += 1) {
    const piece = parameters.get(`${name}*${index}*`) ?? parameters.get(`${name}*${index}`);
    if (piece === undefined) break;
    pieces.push(piece);
  }
  const whole = parameters.get(`${name}*`) ?? (pieces.length > 0 ? pieces.join('') : null);
  if (whole === null) return null;
  const [, charset = '', encoded = whole] = /^([^']{0,60})'[^']*'(.*)$/s.exec(whole) ?? [];
  const octets = fromBinaryText(
    encoded.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  );
  return decodeCharset(octets, charset);
}

/** The parts between the delimiter lines: RFC 2046, section 5.1.1. Preamble and epilogue are left out. */
export function splitParts(body: Uint8Array, boundary: string): Uint8Array[] {
  const delimiter = `--${boundary}`;
  const parts: Uint8Array[] = [];
  let partAt: number | null = null;
  let beforeLine = 0;
  for (let at = 0; at < body.length && parts.length < PARTS_MAX; ) {
    const next = lineEnd(body, at);
    const line = next - at > delimiter.length + 80 ? '' : toBinaryText(body.subarray(at, next)).trimEnd();
    if (line === delimiter || line === `${delimiter}--`) {
      // The line end before a delimiter belongs to the delimiter.
      if (partAt !== null) parts.push(body.subarray(partAt, Math.max(partAt, beforeLine)));
      partAt = line === delimiter ? next : null;
      if (partAt === null) return parts;
    }
    beforeLine = body[next - 2] === 0x0d ? next - 2 : next - 1;
    at = next;
  }
  // RFC 2046 wants a closing delimiter; a message that was cut off is shown as far as it goes.
  if (partAt !== null) parts.push(body.subarray(partAt));
  return parts;
}
