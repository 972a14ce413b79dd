/** Sets of UIDs that may be large, and of which nobody wants a list: what the VANISHED responses of RFC 7162, section 3.2.10, tell. */
import { type Ranges, toRanges } from './sequence-set.ts';

/** Both ends of each; they rise and do not touch each other. */
export type UidRanges = readonly (readonly [from: number, to: number])[];

/** Characters of one line: clients have limits on a line. */
const LINE_LENGTH_MAX = 8000;

/** The UIDs of a set up to `largest`, for which `*` stands too. */
export function uidsUpTo(set: Ranges, largest: number): UidRanges {
  const ranges = toRanges(set, largest).map(([from, to]) => [from, Math.min(to, largest)] as const);
  return ranges.filter(([from, to]) => from >= 1 && from <= to);
}

/** What is in `ranges` and not in `rising`, a list of UIDs in rising order. */
export function without(ranges: UidRanges, rising: readonly number[]): UidRanges {
  const left: (readonly [number, number])[] = [];
  let place = 0;
  for (const [first, to] of ranges) {
    let from = first;
    while (place < rising.length && rising[place]! < from) place += 1;
    for (; place < rising.length && rising[place]! <= to; place += 1) {
      if (from < rising[place]!) left.push([from, rising[place]! - 1]);
      from = rising[place]! + 1;
    }
    if (from <= to) left.push([from, to]);
  }
  return left;
}

/** What is in `ranges` and above `uid`. */
export function above(ranges: UidRanges, uid: number): UidRanges {
  return ranges.flatMap(([from, to]) => (to <= uid ? [] : [[Math.max(from, uid + 1), to] as const]));
}

/** The members of `rising` that are in `ranges`. */
export function membersOf(ranges: UidRanges, rising: readonly number[]): number[] {
  const members: number[] = [];
  let place = 0;
  for (const [from, to] of ranges) {
    while (place < rising.length && rising[place]! < from) place += 1;
    for (; place < rising.length && rising[place]! <= to; place += 1) members.push(rising[place]!);
  }
  return members;
}

/** UIDs in rising order as ranges. */
export function toUidRanges(rising: readonly number[]): UidRanges {
  const ranges: [number, number][] = [];
  for (const uid of rising) {
    const last = ranges.at(-1);
    if (last !== undefined && uid === last[1] + 1) last[1] = uid;
    else ranges.push([uid, uid]);
  }
  return ranges;
}

/** VANISHED responses, several where one would be too long. @param isEarlier those of before this session knew the mailbox */
export function formatVanished(ranges: UidRanges, isEarlier: boolean): string[] {
  const head = isEarlier ? '* VANISHED (EARLIER) ' : '* VANISHED ';
  const lines: string[] = [];
  let line = '';
  for (const [from, to] of ranges) {
    const range = from === to ? String(from) : `${from}:${to}`;
    if (line.length + range.length >= LINE_LENGTH_MAX) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? head + range : `,${range}`;
  }
  return line === '' ? lines : [...lines, line];
}
