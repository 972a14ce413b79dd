/** The parts of a message as people know them: texts, pictures, files. Made of the tree of entities that IMAP shows (RFC 2045, RFC 2046). */
import { decodeCharset } from './charset.ts';
import { joinFlowedLines } from './flowed-text.ts';
import { type Entity, encodingOf, parameterOf, rawValue } from './imap/entity.ts';
import { parseFieldWithParameters } from './imap/media-type.ts';
import { parameterText } from './mime-parameters.ts';
import { decodeBase64, decodeQuotedPrintable } from './transfer-encoding.ts';

export interface MessagePart {
  /** Its number as IMAP counts, `2.1` (RFC 9051, section 6.4.5.1); '' for a message that is a multipart as a whole. */
  readonly section: string;
  /** In lower case: "text/plain". */
  readonly type: string;
  readonly charset: string;
  /** In lower case: "base64", "7bit". */
  readonly encoding: string;
  readonly disposition: 'inline' | 'attachment' | '';
  /** Decoded and as the sender gave it, paths and all; '' when there is none. See `safeFilename`. */
  readonly filename: string;
  /** Without its brackets, as `cid:` names it (RFC 2392); '' when there is none. */
  readonly contentId: string;
  /** Octets of its body as it travelled, still encoded. */
  readonly octets: number;
  /** Where header and body are in the message (with CRLF line ends). */
  readonly entity: Entity;
  /** Of a multipart. */
  readonly parts: readonly MessagePart[];
}

/** The tree of parts of a message. @param inside the number of the part that this message is in, or ''. */
export function describeParts(message: Entity, inside = ''): MessagePart {
  const isMultipart = message.parts.length > 0;
  return describe(message, isMultipart ? inside : numbered(inside, 1), inside);
}

function describe(entity: Entity, section: string, prefix: string): MessagePart {
  const disposition = parseFieldWithParameters(rawValue(entity.fields, 'Content-Disposition') ?? '');
  const { parameters } = entity.mediaType;
  return {
    section,
    type: entity.mediaType.value,
    charset: parameterOf(entity.mediaType, 'charset') ?? '',
    encoding: encodingOf(entity.fields),
    // RFC 2183, section 2.8: an unknown disposition is that of an attachment.
    disposition: disposition.value === '' || disposition.value === 'inline' ? disposition.value : 'attachment',
    filename: parameterText(disposition.parameters, 'filename') || parameterText(parameters, 'name'),
    contentId: (rawValue(entity.fields, 'Content-ID') ?? '').replace(/^<|>$/g, ''),
    octets: entity.bodyTo - entity.bodyFrom,
    entity,
    parts: entity.parts.map((part, index) => {
      const number = numbered(prefix, index + 1);
      return describe(part, number, number);
    }),
  };
}

function numbered(prefix: string, number: number): string {
  return prefix === '' ? String(number) : `${prefix}.${number}`;
}

/** Itself and everything inside of it, in the order of the message; what messages inside have is theirs. */
export function* allParts(part: MessagePart): Generator<MessagePart> {
  yield part;
  for (const inner of part.parts) yield* allParts(inner);
}

/** The part with this number, those of messages inside too; null when there is none. */
export function findPart(part: MessagePart, section: string): MessagePart | null {
  for (const one of allParts(part)) {
    if (one.section === section) return one;
    const { message } = one.entity;
    if (message === null || !section.startsWith(`${one.section}.`)) continue;
    const inside = findPart(describeParts(message, one.section), section);
    if (inside !== null) return inside;
  }
  return null;
}

/** The octets that the sender encoded. @param body the part's body as it travelled */
export function partOctets({ encoding }: Pick<MessagePart, 'encoding'>, body: Uint8Array): Uint8Array {
  if (encoding === 'base64') return decodeBase64(body);
  return encoding === 'quoted-printable' ? decodeQuotedPrintable(body) : body;
}

/** How many octets a part has when it is decoded, about: it is not read for this. */
export function decodedOctets({ encoding, octets }: Pick<MessagePart, 'encoding' | 'octets'>): number {
  // Four characters of base64 are three octets, and each line of 76 has a line end of two.
  return encoding === 'base64' ? Math.round((octets * 76 * 3) / (78 * 4)) : octets;
}

/** A part as text, with LF line ends. @param body the part's body as it travelled */
export function partText(part: MessagePart, body: Uint8Array): string {
  const text = decodeCharset(partOctets(part, body), part.charset).replace(/\r\n?/g, '\n');
  const { mediaType } = part.entity;
  const isFlowed = part.type === 'text/plain' && parameterOf(mediaType, 'format')?.toLowerCase() === 'flowed';
  return isFlowed ? joinFlowedLines(text, parameterOf(mediaType, 'delsp')?.toLowerCase() === 'yes') : text;
}
