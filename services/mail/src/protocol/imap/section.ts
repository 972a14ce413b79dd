/** `BODY[section]<partial>`: RFC 3501, section 6.4.5: what a section names, and where in the message it is. */
import { joinOctets } from '../octets.ts';
import type { Entity } from './entity.ts';
import type { ImapParser } from './parser.ts';
import { formatAstring } from './response.ts';

const TEXTS = ['HEADER.FIELDS.NOT', 'HEADER.FIELDS', 'HEADER', 'TEXT', 'MIME'] as const;

export interface Section {
  /** Numbers of parts, from the outermost in. */
  readonly part: readonly number[];
  readonly text: (typeof TEXTS)[number] | null;
  /** Of HEADER.FIELDS and HEADER.FIELDS.NOT. */
  readonly fields: readonly string[];
}

export interface Partial {
  readonly from: number;
  readonly octets: number;
}

/** Where a section's octets are: in the message, or put together from its header. */
export type Located =
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'octets'; readonly octets: Uint8Array };

export const WHOLE: Section = { part: [], text: null, fields: [] };
/** Numbers of one section. */
const PARTS_MAX = 100;

/** `[...]`, both brackets included. */
export function parseSection(parser: ImapParser): Section {
  parser.expect('[');
  const part = parsePartNumbers(parser);
  const text = parser.isAt(']') ? null : (TEXTS.find((one) => parser.skip(one)) ?? parser.fail('a section'));
  // The header of a whole message is its MIME header too; MIME is only of parts.
  if (text === 'MIME' && part.length === 0) parser.fail('a part number before MIME');
  const fields = text?.startsWith('HEADER.FIELDS') ? parser.sp().list(() => parser.astring()) : [];
  if (text?.startsWith('HEADER.FIELDS') && fields.length === 0) parser.fail('the names of header fields');
  parser.expect(']');
  return { part, text, fields };
}

/** A section of BINARY: only numbers of parts (RFC 9051, section 9, `section-binary`). */
export function parsePart(parser: ImapParser): Section {
  const part = parsePartNumbers(parser.expect('['));
  parser.expect(']');
  return { ...WHOLE, part };
}

/** `1.2.`: a full stop at the end announces the text of a section. */
function parsePartNumbers(parser: ImapParser): number[] {
  const part: number[] = [];
  while (/\d/.test(parser.peek())) {
    part.push(parser.nzNumber());
    if (part.length > PARTS_MAX) parser.fail(`${PARTS_MAX} part numbers at most`);
    if (!parser.skip('.')) break;
    if (!/[\dA-Za-z]/.test(parser.peek())) parser.fail('a section');
  }
  return part;
}

/** `<0.100>` behind a section. */
export function parsePartial(parser: ImapParser): Partial | null {
  if (!parser.skip('<')) return null;
  const from = parser.number64();
  const octets = parser.expect('.').number64() || parser.fail('a number other than 0');
  parser.expect('>');
  return { from, octets };
}

export function formatSection({ part, text, fields }: Section): string {
  const words = [...part.map(String), ...(text === null ? [] : [text])].join('.');
  return fields.length === 0 ? `[${words}]` : `[${words} (${fields.map(formatAstring).join(' ')})]`;
}

/** Null when the message has no such section. */
export function locateSection(message: Entity, { part, text, fields }: Section): Located | null {
  const entity = findPart(message, part);
  if (entity === null) return null;
  if (text === 'MIME') return { kind: 'range', from: entity.headerFrom, to: entity.bodyFrom };
  if (text === null)
    return { kind: 'range', from: part.length === 0 ? entity.headerFrom : entity.bodyFrom, to: entity.bodyTo };
  // HEADER and TEXT are of messages: this one, or one that a part holds.
  const whose = part.length === 0 ? entity : entity.message;
  if (whose === null) return null;
  if (text === 'TEXT') return { kind: 'range', from: whose.bodyFrom, to: whose.bodyTo };
  if (text === 'HEADER') return { kind: 'range', from: whose.headerFrom, to: whose.bodyFrom };
  const isWanted = text === 'HEADER.FIELDS';
  const names = new Set(fields.map((name) => name.toLowerCase()));
  const chosen = whose.fields.filter(({ name }) => names.has(name.toLowerCase()) === isWanted);
  return { kind: 'octets', octets: joinOctets([...chosen.map(({ octets }) => octets), EMPTY_LINE]) };
}

/** The empty line behind a header belongs to every choice of its fields. */
const EMPTY_LINE = Uint8Array.of(0x0d, 0x0a);

export function findPart(message: Entity, part: readonly number[]): Entity | null {
  let entity = message;
  for (const [level, number] of part.entries()) {
    // A part that is a message is numbered through: its parts are those of the message inside.
    const around = level > 0 && entity.message !== null ? entity.message : entity;
    const isMultipart = around.parts.length > 0;
    // Every message has a part 1: where it is no multipart, its body.
    const isBody = !isMultipart && number === 1 && (level === 0 || entity.message !== null);
    const next = isMultipart ? around.parts[number - 1] : isBody ? around : undefined;
    if (next === undefined) return null;
    entity = next;
  }
  return entity;
}

/** Whether a section is found with the message's header alone. */
export function isInHeader({ part, text }: Section): boolean {
  return part.length === 0 && text !== null && text.startsWith('HEADER');
}
