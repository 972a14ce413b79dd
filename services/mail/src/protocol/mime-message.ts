/**
 * A message as people read it: who wrote to whom about what (RFC 5322), which parts are its text, and which are attachments
 * (RFC 2045, RFC 2046, RFC 2183). `describeMessage` needs only the tree of entities, so that a large message is never held;
 * `readMessage` is for messages that are in memory. What is broken is shown as far as it goes; nothing here throws.
 */
import { addressesOf, type NamedAddress } from './address-field.ts';
import { decodeEncodedWords } from './encoded-word.ts';
import { parseMessageDate } from './field-date.ts';
import { fieldValue, firstValue, type HeaderField, isNamed } from './header-section.ts';
import type { Entity } from './imap/entity.ts';
import { EntityScanner } from './imap/entity-scanner.ts';
import { ToCrlf } from './line-ends.ts';
import { describeParts, type MessagePart, partText } from './message-part.ts';

export interface DescribedMessage {
  readonly from: readonly NamedAddress[];
  readonly replyTo: readonly NamedAddress[];
  readonly to: readonly NamedAddress[];
  readonly cc: readonly NamedAddress[];
  readonly bcc: readonly NamedAddress[];
  /** Decoded (RFC 2047); '' when there is none. */
  readonly subject: string;
  /** What the Date field says, in milliseconds since 1970; null when it says nothing that can be read. */
  readonly date: number | null;
  /** With its brackets, as the three fields of RFC 5322, section 3.6.4 have them. */
  readonly messageId: string;
  readonly inReplyTo: readonly string[];
  readonly references: readonly string[];
  /** Every header field, decoded, in the order of the message. */
  readonly fields: readonly DecodedField[];
  /** Fields that a message must have and this one has not. */
  readonly missing: readonly ('From' | 'To' | 'Date')[];
  /** The tree of parts. */
  readonly part: MessagePart;
  /** Plain text, to be shown one after the other. */
  readonly texts: readonly MessagePart[];
  /** What is to be shown in place of the texts where HTML can be shown. */
  readonly html: MessagePart | null;
  /** Everything else, pictures that the HTML shows included. */
  readonly attachments: readonly MessagePart[];
}

/** A message with its text. */
export interface ReadMessage extends DescribedMessage {
  readonly text: string;
  /** Hostile until it is cleaned; '' when there is none. */
  readonly htmlText: string;
}

interface DecodedField {
  readonly name: string;
  readonly value: string;
}

/** Header fields that are told, and characters of one of them. */
const FIELDS_MAX = 200;
const VALUE_LENGTH_MAX = 16 * 1024;
/** Octets of encoded text that are read of all text parts together, and of the HTML. */
const TEXT_OCTETS_MAX = 1024 * 1024;
/** Message identifiers of one field. */
const IDS_MAX = 100;

/** @param message with any line ends; `describeMessage` and IMAP count in CRLF, and so does what this gives. */
export function readMessage(message: Uint8Array): ReadMessage {
  const wired = new ToCrlf().convert(message);
  const scanner = new EntityScanner();
  scanner.push(wired);
  const described = describeMessage(scanner.end());
  const textOf = (part: MessagePart) => partText(part, bodyOf(part, wired));
  return {
    ...described,
    text: described.texts.map(textOf).join('\n'),
    htmlText: described.html === null ? '' : textOf(described.html),
  };
}

/** A part's body as it travelled, no more of it than text is read. @param message with CRLF line ends */
export function bodyOf({ entity }: MessagePart, message: Uint8Array): Uint8Array {
  return message.subarray(entity.bodyFrom, Math.min(entity.bodyTo, entity.bodyFrom + TEXT_OCTETS_MAX));
}

/** @param inside the number of the part that this message is in; '' for the message itself. */
export function describeMessage(message: Entity, inside = ''): DescribedMessage {
  const { fields } = message;
  const raw = (name: string) => firstValue(fields, name)?.slice(0, VALUE_LENGTH_MAX) ?? '';
  const part = describeParts(message, inside);
  const shown: Shown = { texts: [], htmls: [], attachments: [] };
  sortPart(part, shown);
  const [html = null, ...moreHtml] = shown.htmls;
  return {
    from: addressesOf(fields, 'From'),
    replyTo: addressesOf(fields, 'Reply-To'),
    to: addressesOf(fields, 'To'),
    cc: addressesOf(fields, 'Cc'),
    bcc: addressesOf(fields, 'Bcc'),
    subject: decodeEncodedWords(raw('Subject')),
    date: parseMessageDate(raw('Date')),
    messageId: readMessageIds(raw('Message-ID'))[0] ?? '',
    inReplyTo: readMessageIds(raw('In-Reply-To')),
    references: readMessageIds(raw('References')),
    fields: fields.slice(0, FIELDS_MAX).map(decodedField),
    missing: missingFields(fields),
    part,
    texts: shown.texts,
    html,
    attachments: [...moreHtml, ...shown.attachments],
  };
}

function decodedField(field: HeaderField): DecodedField {
  return { name: field.name, value: decodeEncodedWords(fieldValue(field).slice(0, VALUE_LENGTH_MAX)) };
}

/** The message identifiers in a field, and nothing else of it (RFC 5322, section 3.6.4); of too many the last. */
export function readMessageIds(value: string): string[] {
  const ids = value.match(/<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>/g) ?? [];
  return [...new Set(ids)].slice(-IDS_MAX);
}

/** RFC 5322, section 3.6: From and Date; a message to somebody has a To too, unless all its receivers are hidden. */
function missingFields(fields: readonly HeaderField[]): DescribedMessage['missing'] {
  return (['From', 'To', 'Date'] as const).filter((name) => !fields.some((field) => isNamed(field, name)));
}

interface Shown {
  readonly texts: MessagePart[];
  readonly htmls: MessagePart[];
  readonly attachments: MessagePart[];
}

function sortPart(part: MessagePart, shown: Shown): void {
  if (part.parts.length > 0) {
    for (const inner of part.parts) sortPart(inner, shown);
    return;
  }
  // RFC 2183, section 2.1: what is sent as an attachment is not shown until the user asks for it.
  const isShown = part.disposition !== 'attachment';
  if (part.type === 'text/plain' && isShown) shown.texts.push(part);
  else if (part.type === 'text/html' && isShown) shown.htmls.push(part);
  else shown.attachments.push(part);
}
