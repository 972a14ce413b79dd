/** Sets of message sequence numbers or UIDs: RFC 3501, section 9, `sequence-set`: `2,4:7,9,12:*`. `*` is the largest in use. */
import { ProtocolViolation } from '#shared/protocol-violation.ts';

/** The ends of each range as they were written; `*` is null. */
export type Ranges = readonly (readonly [number | null, number | null])[];

/** `$` stands for what the last SEARCH with RETURN (SAVE) has found (RFC 9051, section 6.4.4.1). */
export type SequenceSet = Ranges | '$';

const RANGE = /^(\*|[1-9]\d{0,9})(?::(\*|[1-9]\d{0,9}))?$/;
const NUMBER_MAX = 2 ** 32 - 1;

export function parseSequenceSet(text: string, offset = 0): Ranges {
  let at = offset;
  return text.split(',').map((range) => {
    const [, first, last = first] = RANGE.exec(range) ?? [];
    if (first === undefined || last === undefined || Number(first) > NUMBER_MAX || Number(last) > NUMBER_MAX)
      throw new ProtocolViolation('Cannot read the sequence set', at, 'RFC 3501, section 9');
    at += range.length + 1;
    const end = (one: string) => (one === '*' ? null : Number(one));
    return [end(first), end(last)] as const;
  });
}

/** The set as rising ranges that do not touch each other. `3:1` is `1:3`; `*` is `largest`. */
export function toRanges(set: Ranges, largest: number): readonly (readonly [number, number])[] {
  const ranges = set
    .map(([first, last]) => [first ?? largest, last ?? largest] as const)
    .map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const)
    .sort(([one], [other]) => one - other);
  const joined: [number, number][] = [];
  for (const [from, to] of ranges) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

/** The members of a list in its own order, runs of rising numbers as ranges: `4:6,9`. */
export function formatSequenceSet(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && number === last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}:${to}`)).join(',');
}

/** The places, from 0, of the members of `rising` (numbers in rising order) that are in the set. */
export function placesOf(rising: readonly number[], set: Ranges): number[] {
  const places: number[] = [];
  for (const [from, to] of toRanges(set, rising.at(-1) ?? 0)) {
    for (let place = firstPlace(rising, from); place < rising.length && rising[place]! <= to; place += 1)
      places.push(place);
  }
  return places;
}

/** The numbers of the set up to `count`. */
export function numbersIn(set: Ranges, count: number): number[] {
  const numbers: number[] = [];
  for (const [from, to] of toRanges(set, count)) {
    for (let number = Math.max(1, from); number <= Math.min(to, count); number += 1) numbers.push(number);
  }
  return numbers;
}

/** The largest number that the set names; 0 for `*` alone. */
export function largestIn(set: Ranges): number {
  return set.reduce((largest, [first, last]) => Math.max(largest, first ?? 0, last ?? 0), 0);
}

/** Where the first member that is not below `least` stands. */
export function firstPlace(rising: readonly number[], least: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
