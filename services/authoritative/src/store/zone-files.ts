import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type MasterFile, type PlacedRecord, recordsOfMasterFile } from '#shared/dns/master-file.ts';
import { type Name, ROOT } from '#shared/dns/name.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { recordInLab } from '#shared/dns/record-in-lab.ts';
import { buildZone, type Zone } from '../protocol/zone.ts';

/** Octets of a zone file, at most: some millions of names, of which a thousand take 60 kB here. */
const ZONE_OCTETS_MAX = 512 * 1024 * 1024;
/** Octets of any other file, at most: what a host of 60 MB can hold several times. */
const FILE_OCTETS_MAX = 8 * 1024 * 1024;
/** Octets of the first line of a file that this program has written: a name, some numbers. */
const FIRST_LINE_OCTETS_MAX = 1_024;
/** Octets of a zone file that are in memory at once. */
const PIECE_OCTETS = 256 * 1024;
const EXTENSION = '.zone';

/** A zone file of a host: `zones/cnn.com.zone` is the zone cnn.com, `zones/root.zone` the root. */
export interface ZoneFile {
  readonly path: string;
  /** As errors name it. */
  readonly file: string;
  readonly origin: Name;
}

/** The zone files in the host's own folder, none where it has no folder `zones`. */
export function listZoneFiles(hostDir: string): ZoneFile[] {
  const folder = join(hostDir, 'zones');
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith(EXTENSION) && !name.startsWith('.'));
  return files.sort().map((name) => {
    const origin = name === `root${EXTENSION}` ? ROOT : parseName(name.slice(0, -EXTENSION.length));
    return { path: join(folder, name), file: shownPath(join(folder, name)), origin };
  });
}

/** Reads and checks a zone file; addresses become those of the lab on `net`. @throws ZoneFileError, or what reading throws */
export function readZoneFile({ path, file, origin }: ZoneFile, net: string): Zone {
  const include = (name: string, from: string): MasterFile => {
    const included = resolve(dirname(from === file ? path : from), name);
    return { text: readPieces(included), file: included };
  };
  return buildZone(origin, inLab(recordsOfMasterFile({ text: readPieces(path), file }, origin, include), net), file);
}

/** `placed` with the addresses of the lab on `net`. */
export function* inLab(placed: Iterable<PlacedRecord>, net: string): Generator<PlacedRecord> {
  for (const { record, place } of placed) yield { record: recordInLab(record, net), place };
}

/** The text of a zone file in pieces, each read when it is asked for. */
export function readPieces(path: string): Iterable<string> {
  const { size } = statSync(path);
  if (size > ZONE_OCTETS_MAX) throw new Error(`${path} has ${size} octets, at most ${ZONE_OCTETS_MAX} are read`);
  // Opened at once: a file that is not there must be refused where it is named.
  const file = openSync(path, 'r');
  return piecesOf(file);
}

function* piecesOf(file: number): Generator<string> {
  try {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const octets = Buffer.alloc(PIECE_OCTETS);
    for (let length = readSync(file, octets); length > 0; length = readSync(file, octets)) {
      yield decoder.decode(octets.subarray(0, length), { stream: true });
    }
    yield decoder.decode();
  } finally {
    closeSync(file);
  }
}

/** The first line of a file, or the beginning of it. */
export function readFirstLine(path: string): string {
  const file = openSync(path, 'r');
  try {
    const octets = Buffer.alloc(FIRST_LINE_OCTETS_MAX);
    return octets.toString('latin1', 0, readSync(file, octets)).split('\n', 1)[0]!;
  } finally {
    closeSync(file);
  }
}

/** The text of a small file. */
export function readText(path: string): string {
  const { size } = statSync(path);
  if (size > FILE_OCTETS_MAX) throw new Error(`${path} has ${size} octets, at most ${FILE_OCTETS_MAX} are read`);
  return readFileSync(path, 'utf8');
}

/** A path as the person who keeps the files knows it: from infra/hosts on. */
export function shownPath(path: string): string {
  const at = path.lastIndexOf('infra/hosts/');
  return at === -1 ? path : path.slice(at);
}
