/**
 * The header section of a message: RFC 5322, section 2.2. Each header field is a keyword, a colon and a value; an empty line
 * ends the section and the body follows. Fields are kept as the octets that came, so that what is not changed stays as it is.
 * Lines may end in CRLF (on the wire) or in LF (in a Maildir).
 */
import { LF, SPACE, TAB, toBinaryText, toText } from './octets.ts';

export interface HeaderField {
  /** As written; compare without regard to case. */
  readonly name: string;
  /** The whole field with its continuation lines and their line ends. */
  readonly octets: Uint8Array;
}

export interface HeaderSection {
  readonly fields: readonly HeaderField[];
  /** Where the header section ends: the empty line, or the first line that is no field. */
  readonly endsAt: number;
  /** Where the body begins. */
  readonly bodyAt: number;
}

/** Longest part of a line that is looked at for a field's name, in octets. */
const NAME_OCTETS_MAX = 998;
/** RFC 5322, section 3.6.8: printable US-ASCII except the colon; blanks before the colon are of section 4.5. */
const FIELD_NAME = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/;

export function splitHeaderSection(message: Uint8Array): HeaderSection {
  const fields: HeaderField[] = [];
  let fieldAt = 0;
  let name: string | null = null;
  let at = 0;
  const close = () => {
    if (name !== null) fields.push({ name, octets: message.subarray(fieldAt, at) });
    name = null;
  };
  while (at < message.length) {
    const next = lineEnd(message, at);
    if (isEmptyLine(message, at, next)) {
      close();
      return { fields, endsAt: at, bodyAt: next };
    }
    const isContinuation = name !== null && (message[at] === SPACE || message[at] === TAB);
    if (!isContinuation) {
      const found = fieldNameOf(message.subarray(at, next));
      close();
      // A message without header fields, or with a line among them that is none: the body begins here.
      if (found === undefined) return { fields, endsAt: at, bodyAt: at };
      name = found;
      fieldAt = at;
    }
    at = next;
  }
  close();
  return { fields, endsAt: at, bodyAt: at };
}

/** The name of the field that begins with this line; undefined when none does. */
export function fieldNameOf(line: Uint8Array): string | undefined {
  return FIELD_NAME.exec(toBinaryText(line.subarray(0, NAME_OCTETS_MAX)))?.[1];
}

/** The field's value on one line: unfolded (RFC 5322, section 2.2.3), without the blanks around it. */
export function fieldValue(field: HeaderField): string {
  const text = toText(field.octets);
  return unfold(text.slice(text.indexOf(':') + 1));
}

/** The same of what stands behind the colon. */
export function unfold(value: string): string {
  const trimmed = value.trim();
  return trimmed.includes('\n') ? trimmed.replace(/\r?\n(?=[ \t])/g, '') : trimmed;
}

/** The value of the first field of that name. */
export function firstValue(fields: readonly HeaderField[], name: string): string | undefined {
  const field = fields.find((one) => isNamed(one, name));
  return field === undefined ? undefined : fieldValue(field);
}

export function isNamed(field: HeaderField, name: string): boolean {
  return field.name.toLowerCase() === name.toLowerCase();
}

/** Where the line that begins at `from` ends, its line end included. */
export function lineEnd(octets: Uint8Array, from: number): number {
  const feed = octets.indexOf(LF, from);
  return feed === -1 ? octets.length : feed + 1;
}

function isEmptyLine(message: Uint8Array, at: number, next: number): boolean {
  return next - at === 1 ? message[at] === LF : next - at === 2 && message[at] === 0x0d && message[at + 1] === LF;
}
