import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type MasterFile, type PlacedRecord, parseMasterFile } from '#shared/dns/master-file.ts';
import { type Name, ROOT } from '#shared/dns/name.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { recordInLab } from '#shared/dns/record-in-lab.ts';
import { buildZone, type Zone } from '../protocol/zone.ts';

/** Octets of a zone file, at most: what a host of 60 MB can hold several times. */
const FILE_OCTETS_MAX = 8 * 1024 * 1024;
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
  const text = readText(path);
  const include = (name: string, from: string): MasterFile => {
    const included = resolve(dirname(from === file ? path : from), name);
    return { text: readText(included), file: included };
  };
  return buildZone(origin, inLab(parseMasterFile({ text, file }, origin, include), net), file);
}

/** `placed` with the addresses of the lab on `net`. */
export function inLab(placed: readonly PlacedRecord[], net: string): PlacedRecord[] {
  return placed.map(({ record, place }) => ({ record: recordInLab(record, net), place }));
}

/** The text of a file of bounded size. */
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
