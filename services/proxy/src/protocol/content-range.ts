/** Content-Range of a 206 with one part: RFC 9110, section 14.4. */

import { type Fields, fieldLines } from '#shared/http/fields.ts';

/** `bytes first-last/complete`. */
export interface ContentRange {
  readonly first: number;
  readonly last: number;
  readonly complete: number;
}

const CONTENT_RANGE = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i;

/** The one range that the content is, or null where it is none, several, or of a representation of unknown length. */
export function contentRange(fields: Fields): ContentRange | null {
  const lines = fieldLines(fields, 'Content-Range');
  const parts = lines.length === 1 ? CONTENT_RANGE.exec(lines[0]!) : null;
  if (parts === null) return null;
  const [first, last, complete] = parts.slice(1).map(Number) as [number, number, number];
  return first <= last && last < complete ? { first, last, complete } : null;
}
