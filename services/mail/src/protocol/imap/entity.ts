/**
 * A message as a tree of entities: RFC 2045, section 2.4. Each entity has a header and a body; the body of a multipart has
 * entities inside, that of message/rfc822 has a whole message. Places are counted in octets of the message with CRLF line ends.
 */
import { type HeaderField, isNamed } from '../header-section.ts';
import { toBinaryText } from '../octets.ts';
import { type FieldWithParameters, isMediaType, parseFieldWithParameters } from './media-type.ts';

export interface Entity {
  readonly headerFrom: number;
  /** Behind the empty line. */
  bodyFrom: number;
  /** Where it ends; the line end before a boundary belongs to the boundary (RFC 2046, section 5.1.1). */
  bodyTo: number;
  /** Line ends in the body. */
  lines: number;
  /** The header as far as it is kept. */
  fields: readonly HeaderField[];
  mediaType: FieldWithParameters;
  /** Of a multipart. */
  readonly parts: Entity[];
  /** Of message/rfc822: the message inside. */
  message: Entity | null;
}

const PLAIN_TEXT: FieldWithParameters = { value: 'text/plain', parameters: [['charset', 'us-ascii']] };

/** The value of the first field of that name, unfolded, one character for each octet. */
export function rawValue(fields: readonly HeaderField[], name: string): string | undefined {
  const field = fields.find((one) => one.name.length === name.length && isNamed(one, name));
  return field === undefined ? undefined : rawValueOf(field);
}

/** The value of a field, unfolded, one character for each octet. */
export function rawValueOf({ octets }: HeaderField): string {
  const text = toBinaryText(octets);
  const value = text.slice(text.indexOf(':') + 1).trim();
  return /[\n\0]/.test(value) ? value.replace(/\r?\n(?=[ \t])|\0/g, '').trim() : value;
}

/** The media type that the fields tell, or the one for entities that tell none (RFC 2045, section 5.2; RFC 2046, section 5.1.5). */
export function mediaTypeOf(fields: readonly HeaderField[], isInDigest: boolean): FieldWithParameters {
  const text = rawValue(fields, 'Content-Type');
  if (text === undefined) return isInDigest ? { value: 'message/rfc822', parameters: [] } : PLAIN_TEXT;
  const parsed = parseFieldWithParameters(text);
  return isMediaType(parsed.value) ? parsed : PLAIN_TEXT;
}

export function parameterOf({ parameters }: FieldWithParameters, name: string): string | undefined {
  return parameters.find(([one]) => one === name)?.[1];
}

/** Content-Transfer-Encoding in lower case; 7bit when there is none (RFC 2045, section 6.1). */
export function encodingOf(fields: readonly HeaderField[]): string {
  return parseFieldWithParameters(rawValue(fields, 'Content-Transfer-Encoding') ?? '').value || '7bit';
}

/** An entity that begins at `at` and of which nothing is known yet. */
export function beginEntity(at: number): Entity {
  return {
    headerFrom: at,
    bodyFrom: at,
    bodyTo: at,
    lines: 0,
    fields: [],
    mediaType: PLAIN_TEXT,
    parts: [],
    message: null,
  };
}
