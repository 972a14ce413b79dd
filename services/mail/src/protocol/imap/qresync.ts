/** What a client says of its copy of a mailbox when it selects it again: RFC 7162, section 3.2.5. */
import type { ImapParser } from './parser.ts';
import type { Ranges } from './sequence-set.ts';
import type { UidRanges } from './uid-ranges.ts';

export interface QresyncParameter {
  readonly uidValidity: number;
  /** The mod-sequence up to which the copy has all changes. */
  readonly modseq: number;
  /** The UIDs that the copy has; null for all up to now. */
  readonly known: Ranges | null;
  /** Null where the client says nothing of numbers. */
  readonly matches: SequenceMatch | null;
}

/** Message sequence numbers and the UIDs that belong to them, one for one (RFC 7162, section 3.2.5.2). */
export interface SequenceMatch {
  readonly numbers: UidRanges;
  readonly uids: UidRanges;
}

/** ` (67890007 90060115194045000 41:211,214:541 (1:2 41:42))` behind `QRESYNC`. */
export function parseQresync(parser: ImapParser): QresyncParameter {
  parser.expect(' (');
  const uidValidity = parser.nzNumber();
  const modseq = parser.sp().number64();
  let known: Ranges | null = null;
  let matches: SequenceMatch | null = null;
  if (parser.skip(' (')) matches = parseMatch(parser);
  else if (parser.skip(' ')) {
    known = parseKnown(parser);
    if (parser.skip(' (')) matches = parseMatch(parser);
  }
  parser.expect(')');
  return { uidValidity, modseq, known, matches };
}

function parseMatch(parser: ImapParser): SequenceMatch {
  const numbers = parseRising(parser);
  const uids = parseRising(parser.sp());
  parser.expect(')');
  if (countOf(numbers) !== countOf(uids)) parser.fail('as many UIDs as message sequence numbers');
  return { numbers, uids };
}

/** RFC 7162, section 7: `known-uids` has no `*`, which would stand for what the server knows. */
function parseKnown(parser: ImapParser): readonly (readonly [number, number])[] {
  const set = parser.sequenceSet();
  if (set === '$') return parser.fail('UIDs');
  return set.map(([first, last]) =>
    first === null || last === null ? parser.fail('UIDs without *') : ([first, last] as const),
  );
}

/** RFC 7162, section 3.2.5.2: both sets rise. */
function parseRising(parser: ImapParser): UidRanges {
  let before = 0;
  return parseKnown(parser).map(([from, to]) => {
    if (from <= before || to < from) parser.fail('a set in ascending order');
    before = to;
    return [from, to];
  });
}

function countOf(ranges: UidRanges): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

/**
 * The largest UID up to which the client's numbers are still true; 0 when the first is not. Numbers only ever fall, so nothing
 * that the client knows up to there was expunged. @param uids of the mailbox by their numbers
 */
export function lastMatch({ numbers, uids }: SequenceMatch, present: readonly number[]): number {
  let matched = 0;
  const uid = membersIn(uids);
  for (const number of membersIn(numbers)) {
    const expected = uid.next().value;
    if (expected === undefined || present[number - 1] !== expected) break;
    matched = expected;
  }
  return matched;
}

function* membersIn(ranges: UidRanges): Generator<number, undefined> {
  for (const [from, to] of ranges) for (let member = from; member <= to; member += 1) yield member;
}
