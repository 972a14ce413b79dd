import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import {
  decodeFactsRecord,
  encodeFactsRecord,
  FACTS_HEAD,
  type FactsKind,
  type FactsRecord,
  factsRecordLength,
  RECORD_OCTETS_MAX,
  recordLengthAt,
} from '../protocol/facts-record.ts';
import { writeWhole } from './append-file.ts';
import { ifGone } from './file-pieces.ts';
import { Slices } from './slices.ts';

/** Mailboxes keep what was worked out about their messages in this file. */
const FACTS_FILE = 'topdown-index';
/** Octets read at once. Larger than a record. */
const PIECE_OCTETS = 2 * RECORD_OCTETS_MAX;
/** Octets between two records that are read although nobody wants them, so that there are fewer reads. */
const GAP_OCTETS_MAX = 16 * 1024;
/** Octets of records about messages that are gone, before the file is written anew; and not before they are half of it. */
const STALE_OCTETS_MIN = 1024 * 1024;

interface Place {
  readonly at: number;
  readonly octets: number;
}

type Places = Readonly<Record<FactsKind, Map<string, Place>>>;

/** The index of a mailbox on disk. It may be lost at any time: the messages say the same; so no answer depends on writing it. */
export class FactsFile {
  #places: Places = { header: new Map(), structure: new Map() };
  #isLoaded = false;
  #octets = 0;

  /** Reads what is there, as far as it can be read. @param isThere whether a message of that base is in the mailbox */
  async load(dir: string, isThere: (base: string) => boolean): Promise<void> {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    this.#forget();
    const file = openFile(dir);
    if (file === null) return;
    let staleOctets = 0;
    try {
      const slices = new Slices();
      for (const { record, at, octets } of readRecords(file)) {
        const base = textOf(record.base);
        if (isThere(base)) this.#places[record.kind].set(base, { at, octets });
        else staleOctets += octets;
        this.#octets = at + octets;
        if (slices.isOver) await slices.rest();
      }
      // What cannot be read, and what stands behind it, is worked out again.
      if (this.#octets > 0) cut(file, this.#octets);
    } finally {
      closeSync(file);
    }
    await this.#writeAnewIf(dir, staleOctets);
  }

  /** How many records there are, those of messages that are gone included. */
  get size(): number {
    return this.#places.header.size + this.#places.structure.size;
  }

  /** Forgets messages that are gone. */
  async prune(dir: string, isThere: (base: string) => boolean): Promise<void> {
    let keptOctets = 0;
    for (const places of [this.#places.header, this.#places.structure]) {
      for (const [base, { octets }] of places) {
        if (isThere(base)) keptOctets += octets;
        else places.delete(base);
      }
    }
    await this.#writeAnewIf(dir, this.#octets - keptOctets);
  }

  /** Calls `take` with each record that is there, in the order of `wanted`. Null for one that cannot be read any more. */
  async read(
    dir: string,
    kind: FactsKind,
    wanted: readonly string[],
    take: (base: string, record: FactsRecord | null) => void,
  ) {
    const places: (Place & { readonly base: string })[] = [];
    for (const base of wanted) {
      const place = this.#places[kind].get(base);
      if (place !== undefined) places.push({ base, at: place.at, octets: place.octets });
    }
    const file = places.length === 0 ? null : openFile(dir);
    try {
      const slices = new Slices();
      for (const run of runsOf(places)) {
        const octets = file === null ? Buffer.alloc(0) : readAt(file, run.from, run.to - run.from);
        for (const { base, at, octets: length } of run.places) {
          const record = decodeFactsRecord(octets.subarray(at - run.from, at - run.from + length), crc32);
          take(base, record?.kind === kind ? record : null);
        }
        if (slices.isOver) await slices.rest();
      }
    } finally {
      if (file !== null) closeSync(file);
    }
  }

  /** Adds records. When the disk has no room for them they are worked out again the next time. */
  add(dir: string, records: readonly FactsRecord[]): void {
    const kept = records.filter((record) => factsRecordLength(record) <= RECORD_OCTETS_MAX);
    if (kept.length === 0) return;
    const head = this.#octets === 0 ? FACTS_HEAD : '';
    const octets = Buffer.allocUnsafe(kept.reduce((sum, record) => sum + factsRecordLength(record), head.length));
    const places: Place[] = [];
    let at = octets.write(head, 'latin1');
    for (const record of kept) {
      const end = encodeFactsRecord(record, octets, at, crc32);
      places.push({ at: this.#octets + at, octets: end - at });
      at = end;
    }
    if (!this.#write(dir, octets)) return;
    for (const [index, record] of kept.entries()) this.#places[record.kind].set(textOf(record.base), places[index]!);
    this.#octets += octets.length;
  }

  /** False when nothing was added. */
  #write(dir: string, octets: Uint8Array): boolean {
    try {
      const file = openSync(join(dir, FACTS_FILE), constants.O_RDWR | constants.O_CREAT, 0o600);
      try {
        // Another program, or a hand, has taken the file away or cut it.
        const isWhole = fstatSync(file).size >= this.#octets;
        if (isWhole) return writeSync(file, octets, 0, octets.length, this.#octets) === octets.length;
        this.#forget();
        ftruncateSync(file, 0);
        return false;
      } finally {
        closeSync(file);
      }
    } catch {
      return false;
    }
  }

  /** Throws away what is known: what is on disk is not what was written. */
  forgetAll(dir: string): void {
    this.#forget();
    const file = openFile(dir);
    if (file === null) return;
    cut(file, 0);
    closeSync(file);
  }

  #forget(): void {
    this.#places.header.clear();
    this.#places.structure.clear();
    this.#octets = 0;
  }

  /** Without the records of messages that are gone, when they are many. */
  async #writeAnewIf(dir: string, staleOctets: number): Promise<void> {
    if (staleOctets < STALE_OCTETS_MIN || staleOctets < this.#octets / 2) return;
    const path = join(dir, FACTS_FILE);
    const file = openFile(dir);
    if (file === null) return;
    try {
      const { places, octets } = await copyRecords(file, `${path}.new`, this.#places);
      await rename(`${path}.new`, path);
      this.#places = places;
      this.#octets = octets;
    } catch {
      // Where there is no room for a second one the first one goes on.
      await rm(`${path}.new`, { force: true }).catch(() => {});
    } finally {
      closeSync(file);
    }
  }
}

/** Writes the records of `places` into a new file. Gives where they are there, and what it measures. */
async function copyRecords(from: number, path: string, places: Places): Promise<{ places: Places; octets: number }> {
  const copied: Places = { header: new Map(), structure: new Map() };
  const to = openSync(path, 'w', 0o600);
  try {
    let at = writeSync(to, FACTS_HEAD);
    const slices = new Slices();
    for (const kind of ['header', 'structure'] as const) {
      for (const [base, place] of places[kind]) {
        writeWhole(to, readAt(from, place.at, place.octets));
        copied[kind].set(base, { at, octets: place.octets });
        at += place.octets;
        if (slices.isOver) await slices.rest();
      }
    }
    return { places: copied, octets: at };
  } finally {
    closeSync(to);
  }
}

function textOf(base: Uint8Array): string {
  return Buffer.from(base.buffer, base.byteOffset, base.length).toString('utf8');
}

/** To be changed where that is possible. Null when there is none. */
function openFile(dir: string): number | null {
  const path = join(dir, FACTS_FILE);
  try {
    return openSync(path, constants.O_RDWR);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EROFS') return openSync(path, constants.O_RDONLY);
    return ifGone(null)(error as NodeJS.ErrnoException);
  }
}

/** What stays behind `octets` on a disk that can only be read is not believed the next time either. */
function cut(file: number, octets: number): void {
  try {
    ftruncateSync(file, octets);
  } catch {
    // Whoever reads the file meets the same end.
  }
}

function* readRecords(file: number): Generator<{ record: FactsRecord; at: number; octets: number }> {
  let pieceAt = 0;
  let piece = readAt(file, 0, PIECE_OCTETS);
  if (piece.subarray(0, FACTS_HEAD.length).toString('latin1') !== FACTS_HEAD) return;
  for (let at = FACTS_HEAD.length; ; ) {
    let length = recordLengthAt(piece, at - pieceAt);
    if (length === null || at - pieceAt + length > piece.length) {
      [pieceAt, piece] = [at, readAt(file, at, PIECE_OCTETS)];
      length = recordLengthAt(piece, 0);
      if (length === null || length > piece.length) return;
    }
    const record = decodeFactsRecord(piece.subarray(at - pieceAt, at - pieceAt + length), crc32);
    if (record === null) return;
    yield { record, at, octets: length };
    at += length;
  }
}

function readAt(file: number, at: number, octets: number): Buffer {
  const piece = Buffer.allocUnsafe(octets);
  return piece.subarray(0, readSync(file, piece, 0, octets, at));
}

interface Run<Placed> {
  readonly from: number;
  to: number;
  readonly places: Placed[];
}

/** Places that stand near to each other, to be read together. */
function runsOf<Placed extends Place>(places: readonly Placed[]): Run<Placed>[] {
  const runs: Run<Placed>[] = [];
  for (const place of places) {
    const last = runs.at(-1);
    const end = place.at + place.octets;
    const isNear = last !== undefined && place.at >= last.to && place.at - last.to <= GAP_OCTETS_MAX;
    if (isNear && end - last.from <= PIECE_OCTETS) {
      last.to = end;
      last.places.push(place);
    } else runs.push({ from: place.at, to: end, places: [place] });
  }
  return runs;
}
