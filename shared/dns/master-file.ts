/**
 * Master files (RFC 1035, section 5; RFC 2308, section 4, for $TTL): the format of zones and of root hints.
 *
 *     [owner] [ttl] [class] type data        ttl and class in either order
 *     $ORIGIN name     $TTL time     $INCLUDE file [origin]
 *
 * What is left out is taken from the entry before. Files are read by who calls: this parser knows no file system.
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import { type Entry, entriesOf, type Text } from './master-file-entries.ts';
import type { ResourceRecord } from './message.ts';
import { isSubdomain, type Name } from './name.ts';
import { formatName, parseName } from './name-text.ts';
import { isPeriod, parsePeriod } from './period.ts';
import { parseRdata } from './rdata-text.ts';
import { CLASS, classOf, formatType, isMetaType, typeOf } from './registry.ts';
import { type Place, ZoneFileError } from './zone-file-error.ts';

/** How deep files may include files: deep enough for any plan, and an end for a file that includes itself. */
const INCLUDE_DEPTH_MAX = 8;

const CLAUSE = 'RFC 1035, section 5.1';

/** A record and where it is written. */
export interface PlacedRecord {
  readonly record: ResourceRecord;
  readonly place: Place;
}

export interface MasterFile {
  readonly text: Text;
  /** The name that errors give. */
  readonly file: string;
}

/** Reads the file that `$INCLUDE name` in `from` means. */
export type Include = (name: string, from: string) => MasterFile;

/** The records of a master file whose relative names begin at `origin`. @throws ZoneFileError */
export function parseMasterFile(file: MasterFile, origin: Name, include: Include): PlacedRecord[] {
  return [...recordsOfMasterFile(file, origin, include)];
}

/** The same, one record after another as they are read: for files that are larger than what may be in memory at once. */
export function recordsOfMasterFile(file: MasterFile, origin: Name, include: Include): Generator<PlacedRecord> {
  return new Parser(include).read(file, { origin, owner: null }, 0);
}

interface Scope {
  origin: Name;
  /** The owner of the entry before. */
  owner: Name | null;
}

class Parser {
  readonly #include: Include;
  #defaultTtl: number | null = null;
  #lastTtl: number | null = null;

  constructor(include: Include) {
    this.#include = include;
  }

  *read({ text, file }: MasterFile, scope: Scope, depth: number): Generator<PlacedRecord> {
    for (const entry of entriesOf(text, file)) {
      try {
        if (!entry.isContinued && entry.words[0]!.startsWith('$')) yield* this.#control(entry, scope, depth);
        else yield this.#record(entry, scope);
      } catch (error) {
        if (!(error instanceof ProtocolViolation)) throw error;
        throw new ZoneFileError(entry.place, error.message.replace(/ at offset .*$/, ''), error.clause);
      }
    }
  }

  *#control({ place, words }: Entry, scope: Scope, depth: number): Generator<PlacedRecord> {
    const [control, argument, second] = words;
    if (argument === undefined) throw new ZoneFileError(place, `${control} needs a value after it`, CLAUSE);
    switch (control!.toUpperCase()) {
      case '$ORIGIN':
        scope.origin = parseName(argument, scope.origin);
        return;
      case '$TTL':
        this.#defaultTtl = parsePeriod(argument);
        return;
      case '$INCLUDE': {
        if (depth >= INCLUDE_DEPTH_MAX) {
          throw new ZoneFileError(
            place,
            `files include each other more than ${INCLUDE_DEPTH_MAX} deep: break the circle`,
            CLAUSE,
          );
        }
        const origin = second === undefined ? scope.origin : parseName(second, scope.origin);
        // The included file changes neither origin nor owner of this one.
        yield* this.read(this.#readInclude(argument, place), { origin, owner: scope.owner }, depth + 1);
        return;
      }
      default:
        throw new ZoneFileError(place, `${control} is not known: use $ORIGIN, $TTL or $INCLUDE`, CLAUSE);
    }
  }

  #readInclude(name: string, place: Place): MasterFile {
    try {
      return this.#include(name, place.file);
    } catch (error) {
      throw new ZoneFileError(place, `cannot include ${name}: ${(error as Error).message}`, CLAUSE);
    }
  }

  #record({ place, isContinued, words }: Entry, scope: Scope): PlacedRecord {
    const rest = [...words];
    if (!isContinued) {
      const written = rest.shift()!;
      scope.owner = written === '@' ? scope.origin : parseName(written, scope.origin);
    }
    if (scope.owner === null) {
      throw new ZoneFileError(
        place,
        'the first record has no owner: write its name at the beginning of the line',
        CLAUSE,
      );
    }
    const { ttl, klass } = takeTtlAndClass(rest, place);
    const type = takeType(rest, place);
    const rdata = parseRdata(type, klass, { words: rest, origin: scope.origin });
    const given = ttl ?? this.#defaultTtl ?? this.#lastTtl;
    if (given === null)
      throw new ZoneFileError(place, 'there is no TTL: begin the file with "$TTL 1h"', 'RFC 2308, section 4');
    this.#lastTtl = given;
    return { record: { owner: scope.owner, ttl: given, class: klass, type, rdata }, place };
  }
}

function takeTtlAndClass(words: string[], place: Place): { ttl: number | null; klass: number } {
  let ttl: number | null = null;
  let klass: number | undefined;
  for (let left = 2; left > 0; left -= 1) {
    const word = words[0] ?? '';
    if (ttl === null && isPeriod(word)) ttl = parsePeriod(words.shift()!);
    else if (klass === undefined && classOf(word) !== undefined && typeOf(word) === undefined)
      klass = classOf(words.shift()!);
  }
  if (klass !== undefined && klass !== CLASS.IN) {
    throw new ZoneFileError(place, 'only records of class IN are served here: write IN or leave the class out', CLAUSE);
  }
  return { ttl, klass: CLASS.IN };
}

function takeType(words: string[], place: Place): number {
  const word = words.shift();
  if (word === undefined) throw new ZoneFileError(place, 'the record has no type: write A, NS, MX ...', CLAUSE);
  const type = typeOf(word);
  if (type === undefined) {
    throw new ZoneFileError(place, `"${word}" is no record type: correct it, or write TYPEnnn`, 'RFC 3597, section 5');
  }
  if (isMetaType(type))
    throw new ZoneFileError(place, `${formatType(type)} cannot be stored: remove the record`, 'RFC 6895, section 3.1');
  return type;
}

/** Refuses a record that does not belong to the zone `origin`. @throws ZoneFileError */
export function assertInZone({ record, place }: PlacedRecord, origin: Name): void {
  if (isSubdomain(record.owner, origin)) return;
  const [owner, zone] = [formatName(record.owner), formatName(origin)];
  throw new ZoneFileError(
    place,
    `${owner} is outside of the zone ${zone}: move it to its own zone, or mend $ORIGIN`,
    CLAUSE,
  );
}
