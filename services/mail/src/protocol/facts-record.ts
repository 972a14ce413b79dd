/**
 * The index of a mailbox: what was worked out about its messages, kept in one file to which records are added. A record:
 *
 *      0        4        8      9       10        12                20               28        32
 *      | length | check- | kind | flags | length  | octets of the   | time of the    | length  | base | first | second
 *      |        | sum    |      |       | of base | message (f64)   | message (f64)  | of first|      | text  | text
 *
 * All numbers are big-endian. The length counts the whole record, the checksum covers everything behind itself. Kind 1 is
 * about the header (ENVELOPE, and the fields that are kept: flag 1 says that they are too long), kind 2 about the structure
 * (BODY and BODYSTRUCTURE). The file begins with a line that names its format. It is never trusted over the messages: a
 * record counts for the file whose name has its base, and everything behind one that cannot be read is thrown away.
 */
import { FACTS_VERSION } from './message-facts.ts';

export type FactsKind = 'header' | 'structure';

export interface FactsRecord {
  readonly kind: FactsKind;
  readonly base: Uint8Array;
  readonly octets: number;
  readonly arrivedAt: number;
  readonly first: Uint8Array;
  /** Null when it was too long to be kept. */
  readonly second: Uint8Array | null;
}

export type Checksum = (octets: Uint8Array) => number;

/** The line at the beginning of the file. */
export const FACTS_HEAD = `topdown-facts 1.${FACTS_VERSION}\n`;
/** Octets of the longest record; what is longer is worked out anew each time. */
export const RECORD_OCTETS_MAX = 512 * 1024;
/** Octets that say how long a record is. */
const RECORD_LENGTH_OCTETS = 4;
const FIXED_OCTETS = 32;
const CHECKED_FROM = 8;
const KIND_NUMBERS: Readonly<Record<FactsKind, number>> = { header: 1, structure: 2 };
const NO_SECOND = 1;

/** Octets that a record takes. Those of more than RECORD_OCTETS_MAX cannot be kept. */
export function factsRecordLength({ base, first, second }: FactsRecord): number {
  return FIXED_OCTETS + base.length + first.length + (second?.length ?? 0);
}

/** Writes a record to `target` at `at`, where there is room for it; the place behind it. */
export function encodeFactsRecord(record: FactsRecord, target: Uint8Array, at: number, checksum: Checksum): number {
  const { base, first, second } = record;
  const end = at + factsRecordLength(record);
  const view = new DataView(target.buffer, target.byteOffset + at, FIXED_OCTETS);
  view.setUint32(0, end - at);
  view.setUint8(8, KIND_NUMBERS[record.kind]);
  view.setUint8(9, second === null ? NO_SECOND : 0);
  view.setUint16(10, base.length);
  view.setFloat64(12, record.octets);
  view.setFloat64(20, record.arrivedAt);
  view.setUint32(28, first.length);
  target.set(base, at + FIXED_OCTETS);
  target.set(first, at + FIXED_OCTETS + base.length);
  if (second !== null) target.set(second, at + FIXED_OCTETS + base.length + first.length);
  view.setUint32(4, checksum(target.subarray(at + CHECKED_FROM, end)));
  return end;
}

/** The length that a record at `at` has; null when there cannot be one. */
export function recordLengthAt(octets: Uint8Array, at: number): number | null {
  if (at + RECORD_LENGTH_OCTETS > octets.length) return null;
  const length = new DataView(octets.buffer, octets.byteOffset).getUint32(at);
  return length >= FIXED_OCTETS && length <= RECORD_OCTETS_MAX ? length : null;
}

/** A whole record, without a copy of its texts; null when it cannot be read. @param checksum null when it was checked before */
export function decodeFactsRecord(octets: Uint8Array, checksum: Checksum | null): FactsRecord | null {
  if (octets.length < FIXED_OCTETS) return null;
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  if (view.getUint32(0) !== octets.length) return null;
  if (checksum !== null && view.getUint32(4) !== checksum(octets.subarray(CHECKED_FROM))) return null;
  const kind = view.getUint8(8) === KIND_NUMBERS.header ? 'header' : 'structure';
  const baseTo = FIXED_OCTETS + view.getUint16(10);
  const firstTo = baseTo + view.getUint32(28);
  if (view.getUint8(8) !== KIND_NUMBERS[kind] || firstTo > octets.length) return null;
  return new EncodedRecord(kind, view, octets, baseTo, firstTo);
}

/** A record as it stands in the file: what is not asked for costs nothing, and of ten thousand little is. */
class EncodedRecord implements FactsRecord {
  readonly kind: FactsKind;
  readonly #view: DataView;
  readonly #whole: Uint8Array;
  readonly #baseTo: number;
  readonly #firstTo: number;

  constructor(kind: FactsKind, view: DataView, whole: Uint8Array, baseTo: number, firstTo: number) {
    this.kind = kind;
    this.#view = view;
    this.#whole = whole;
    this.#baseTo = baseTo;
    this.#firstTo = firstTo;
  }

  get base(): Uint8Array {
    return this.#whole.subarray(FIXED_OCTETS, this.#baseTo);
  }

  get octets(): number {
    return this.#view.getFloat64(12);
  }

  get arrivedAt(): number {
    return this.#view.getFloat64(20);
  }

  get first(): Uint8Array {
    return this.#whole.subarray(this.#baseTo, this.#firstTo);
  }

  get second(): Uint8Array | null {
    return this.#view.getUint8(9) === NO_SECOND ? null : this.#whole.subarray(this.#firstTo);
  }
}
