/** Range requests in bytes (RFC 9110, section 14). */

import { listMembers } from './fields.ts';

/** A part of a representation: first and last octet, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** Ranges of one request at most; a request for more is answered whole (RFC 9110, section 17.15: many small ranges). */
const RANGES_MAX = 16;

export type RangeChoice =
  | { readonly kind: 'whole'; readonly because: string }
  | { readonly kind: 'parts'; readonly ranges: readonly ByteRange[] }
  | { readonly kind: 'unsatisfiable'; readonly because: string };

/**
 * What a Range field asks of a representation of `octets` octets. A field that is malformed or in another unit is ignored,
 * as a server may always do (RFC 9110, section 14.2).
 */
export function chooseRanges(value: string | undefined, octets: number): RangeChoice {
  if (value === undefined) return { kind: 'whole', because: 'no range is asked for' };
  const set = /^bytes=(.*)$/i.exec(value.trim());
  if (set === null) return { kind: 'whole', because: 'the Range is in a unit other than bytes' };
  const specs = listMembers(set[1]!);
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const range = parseSpec(spec, octets);
    if (range === 'invalid') return { kind: 'whole', because: 'the Range is malformed' };
    if (range !== null) ranges.push(range);
  }
  if (specs.length === 0) return { kind: 'whole', because: 'the Range is malformed' };
  if (specs.length > RANGES_MAX) return { kind: 'whole', because: `more than ${RANGES_MAX} ranges are asked for` };
  if (ranges.length === 0) return { kind: 'unsatisfiable', because: `no range lies within the ${octets} octets` };
  if (overlap(ranges)) return { kind: 'whole', because: 'the ranges overlap' };
  return { kind: 'parts', ranges };
}

/** `bytes 0-99/1000` (RFC 9110, section 14.4). */
export function formatContentRange(range: ByteRange, octets: number): string {
  return `bytes ${range.first}-${range.last}/${octets}`;
}

export function rangeOctets(range: ByteRange): number {
  return range.last - range.first + 1;
}

/** The lines before a part of a multipart/byteranges body (RFC 9110, section 14.6). */
export function formatPartHead(boundary: string, contentType: string, range: ByteRange, octets: number): string {
  return `\r\n--${boundary}\r\nContent-Type: ${contentType}\r\nContent-Range: ${formatContentRange(range, octets)}\r\n\r\n`;
}

/** The line that ends a multipart body. */
export function formatPartsEnd(boundary: string): string {
  return `\r\n--${boundary}--\r\n`;
}

function parseSpec(spec: string, octets: number): ByteRange | null | 'invalid' {
  const parts = /^(\d*)-(\d*)$/.exec(spec);
  if (parts === null || spec === '-') return 'invalid';
  const [, first, last] = parts as unknown as [string, string, string];
  if (first === '') {
    const suffix = Math.min(Number(last), octets);
    return suffix === 0 ? null : { first: octets - suffix, last: octets - 1 };
  }
  if (last !== '' && Number(last) < Number(first)) return 'invalid';
  if (Number(first) >= octets) return null;
  return { first: Number(first), last: last === '' ? octets - 1 : Math.min(Number(last), octets - 1) };
}

function overlap(ranges: readonly ByteRange[]): boolean {
  const inOrder = ranges.toSorted((one, other) => one.first - other.first);
  return inOrder.some((range, place) => place > 0 && range.first <= inOrder[place - 1]!.last);
}
