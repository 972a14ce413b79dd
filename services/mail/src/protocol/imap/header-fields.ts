/**
 * The fields of a header that lies before us whole: RFC 5322, section 2.2. A line that is no field is passed over, so that
 * those behind it are found. Fields are views of the octets; nothing is copied.
 */
import type { HeaderField } from '../header-section.ts';
import { CR, joinOctets, LF, SPACE, TAB, toBinaryText } from '../octets.ts';

export interface WholeHeader {
  readonly fields: readonly HeaderField[];
  readonly lines: number;
  /** Behind the empty line. */
  readonly bodyFrom: number;
}

const COLON = 0x3a;
const HYPHEN = 0x2d;
/** Octets of a line in which the colon of a field must be. */
const NAME_OCTETS_MAX = 998;

/**
 * Null when the header does not end within `octets`, or before `octetsMax` of it.
 * @param hasDelimiters whether a line of two hyphens may be a boundary: then it is not for us to say where the header ends
 */
export function readWholeHeader(
  octets: Uint8Array,
  from: number,
  octetsMax: number,
  hasDelimiters: boolean,
): WholeHeader | null {
  const fields: HeaderField[] = [];
  let name: string | null = null;
  let fieldFrom = from;
  let lines = 0;
  for (let at = from; at - from <= octetsMax; ) {
    const feed = octets.indexOf(LF, at);
    if (feed === -1 || (hasDelimiters && octets[at] === HYPHEN && octets[at + 1] === HYPHEN)) return null;
    const isContinuation = name !== null && (octets[at] === SPACE || octets[at] === TAB);
    const isEmpty = isBlankLine(octets, at, feed);
    if (!isContinuation || isEmpty) {
      if (name !== null) fields.push({ name, octets: octets.subarray(fieldFrom, at) });
      name = isEmpty ? null : fieldNameAt(octets, at, feed);
      fieldFrom = at;
    }
    lines += 1;
    at = feed + 1;
    if (isEmpty) return { fields, lines, bodyFrom: at };
  }
  return null;
}

/** The fields of a header whose lines came one by one. */
export function fieldsOfLines(lines: readonly Uint8Array[]): HeaderField[] {
  const fields: { name: string; lines: Uint8Array[] }[] = [];
  let isInField = false;
  for (const line of lines) {
    if (isInField && (line[0] === SPACE || line[0] === TAB)) {
      fields.at(-1)?.lines.push(line);
      continue;
    }
    const name = fieldNameAt(line, 0, line.length);
    isInField = name !== null;
    if (name !== null) fields.push({ name, lines: [line] });
  }
  return fields.map((field) => ({ name: field.name, octets: joinOctets(field.lines) }));
}

/** Whether there is nothing between `from` and the line end at `feed`; one blank is nothing too. */
export function isBlankLine(octets: Uint8Array, from: number, feed: number): boolean {
  if (feed - from > 1) return false;
  return feed === from || octets[from] === CR || octets[from] === SPACE || octets[from] === TAB;
}

/** The name before the colon, and before blanks that stand there (RFC 5322, section 4.5); null when the line is no field. */
function fieldNameAt(octets: Uint8Array, from: number, to: number): string | null {
  const last = Math.min(to, from + NAME_OCTETS_MAX);
  let at = from;
  while (at < last && octets[at]! > SPACE && octets[at]! < 0x7f && octets[at] !== COLON) at += 1;
  if (at === from) return null;
  const name = toBinaryText(octets.subarray(from, at));
  while (at < last && (octets[at] === SPACE || octets[at] === TAB)) at += 1;
  return at < last && octets[at] === COLON ? name : null;
}
