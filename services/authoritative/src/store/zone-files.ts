import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { type MasterFile, type PlacedRecord, recordsOfMasterFile } from '#shared/dns/master-file.ts';
import { type Name, ROOT } from '#shared/dns/name.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { recordInLab } from '#shared/dns/record-in-lab.ts';
import { buildZone, type Zone } from '../protocol/zone.ts';

/** Octets of a zone file, at most: some millions of names, of which a thousand take 60 kB here. */
const ZONE_OCTETS_MAX = 512 * 1024 * 1024;
/** Octets of any other file, at most: what a host of 60 MB can hold several times. */
const FILE_OCTETS_MAX = 8 * 1024 * 1024;
/** Octets of the comments at the top of a file that this program has written: names, some numbers. */
const HEAD_OCTETS_MAX = 32 * 1024;
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

/** A file that a zone was read from, and the SHA-256 of its octets. */
export interface SourceFile {
  /** From the folder of the zone file on. */
  readonly path: string;
  readonly digest: string;
}

/** Reads and checks a zone file; addresses become those of the lab on `net`. @throws ZoneFileError, or what reading throws */
export function readZoneFile({ path, file, origin }: ZoneFile, net: string) {
  const sources: { readonly path: string; readonly hash: ReturnType<typeof createHash> }[] = [];
  const read = (from: string): Iterable<string> => {
    const hash = createHash('sha256');
    sources.push({ path: relative(dirname(path), from), hash });
    return readPieces(from, (octets) => hash.update(octets));
  };
  const include = (name: string, from: string): MasterFile => {
    const included = resolve(dirname(from === file ? path : from), name);
    return { text: read(included), file: included };
  };
  const zone: Zone = buildZone(
    origin,
    inLab(recordsOfMasterFile({ text: read(path), file }, origin, include), net),
    file,
  );
  return {
    zone,
    sources: sources.map((source): SourceFile => ({ path: source.path, digest: source.hash.digest('hex') })),
  };
}

/** Whether the files that a zone was read from are as they were then; a million names are told in a fraction of a second. */
export function isUnchanged({ path }: ZoneFile, sources: readonly SourceFile[]): boolean {
  if (sources.length === 0) return false;
  return sources.every((source) => digestOfFile(resolve(dirname(path), source.path)) === source.digest);
}

/** The SHA-256 of a file's octets; null where it cannot be read. */
function digestOfFile(path: string): string | null {
  const hash = createHash('sha256');
  try {
    for (const octets of octetsOf(openSync(path, 'r'))) hash.update(octets);
  } catch {
    return null;
  }
  return hash.digest('hex');
}

/** `placed` with the addresses of the lab on `net`. */
export function* inLab(placed: Iterable<PlacedRecord>, net: string): Generator<PlacedRecord> {
  for (const { record, place } of placed) yield { record: recordInLab(record, net), place };
}

/** The text of a zone file in pieces, each read when it is asked for; `onOctets` sees its octets. */
export function readPieces(path: string, onOctets: (octets: Uint8Array) => void = () => {}): Iterable<string> {
  const { size } = statSync(path);
  if (size > ZONE_OCTETS_MAX) throw new Error(`${path} has ${size} octets, at most ${ZONE_OCTETS_MAX} are read`);
  // Opened at once: a file that is not there must be refused where it is named.
  const file = openSync(path, 'r');
  return piecesOf(file, onOctets);
}

function* piecesOf(file: number, onOctets: (octets: Uint8Array) => void): Generator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  for (const octets of octetsOf(file)) {
    onOctets(octets);
    yield decoder.decode(octets, { stream: true });
  }
  yield decoder.decode();
}

/** The octets of an open file, in one room for all pieces; it is closed at the end. */
function* octetsOf(file: number): Generator<Uint8Array> {
  try {
    const octets = Buffer.alloc(PIECE_OCTETS);
    for (let length = readSync(file, octets); length > 0; length = readSync(file, octets)) {
      yield octets.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}

/** The lines at the top of a file that are comments. */
export function readHead(path: string): string[] {
  const file = openSync(path, 'r');
  try {
    const octets = Buffer.alloc(HEAD_OCTETS_MAX);
    const lines = octets.toString('latin1', 0, readSync(file, octets)).split('\n');
    const end = lines.findIndex((line) => !line.startsWith(';'));
    return end === -1 ? lines : lines.slice(0, end);
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
