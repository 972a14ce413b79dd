import { existsSync } from 'node:fs';
import { type PlacedRecord, recordsOfMasterFile } from '#shared/dns/master-file.ts';
import type { ResourceRecord } from '#shared/dns/message.ts';
import type { Name } from '#shared/dns/name.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { replaceFile } from '#shared/host/durable-file.ts';
import type { Edition } from '../protocol/edition.ts';
import { buildZone, recordsOf, type Zone } from '../protocol/zone.ts';
import { readHead, readPieces, type SourceFile } from './zone-files.ts';

/** What a zone file said, and the octets that said it. */
export interface FileEdition extends Edition {
  readonly sources: readonly SourceFile[];
}

/** A zone as it was at one moment, and the edition of the zone file that it goes back to. */
export interface KeptZone {
  readonly zone: Zone;
  readonly fileEdition: FileEdition;
}

const TITLE = /^; topdown zone 1 (\d+\.\d+), from a file with serial (\d+) and digest (\S+)$/;
const SOURCE = /^; read from (\S+) with SHA-256 ([0-9a-f]{64})$/;
/** Files that are noted; a zone of more is read anew at each start. */
const SOURCES_MAX = 20;

/** Keeps a zone as a zone file of its own, with the addresses of this lab. */
export async function keepZone(path: string, { zone, fileEdition }: KeptZone, net: string): Promise<void> {
  await replaceFile(path, linesOf(zone, fileEdition, net));
}

function* linesOf(zone: Zone, { serial, digest, sources }: FileEdition, net: string): Generator<string> {
  yield `; topdown zone 1 ${net}, from a file with serial ${serial} and digest ${digest}\n`;
  if (sources.length <= SOURCES_MAX) {
    for (const source of sources)
      yield `; read from ${encodeURIComponent(source.path)} with SHA-256 ${source.digest}\n`;
  }
  for (const record of recordsOf(zone)) yield `${formatRecord(record)}\n`;
}

/** The zone kept at `path`, moved to the network `net`; undefined where there is none. @throws Error where it is damaged */
export function readKeptZone(path: string, origin: Name, net: string): KeptZone | undefined {
  if (!existsSync(path)) return undefined;
  const [title = '', ...notes] = readHead(path);
  const [, from, serial, digest] = TITLE.exec(title) ?? [];
  if (from === undefined) throw new Error(`${path} does not begin as a kept zone does`);
  const placed = recordsOfMasterFile({ text: readPieces(path), file: path }, origin, () => {
    throw new Error('a kept zone includes nothing');
  });
  const zone = buildZone(origin, allMoved(placed, from, net), path);
  return { zone, fileEdition: { serial: Number(serial), digest: digest!, sources: sourcesOf(notes) } };
}

function sourcesOf(notes: readonly string[]): SourceFile[] {
  return notes.flatMap((note) => {
    const [, source, digest] = SOURCE.exec(note) ?? [];
    return source === undefined ? [] : [{ path: decodeURIComponent(source), digest: digest! }];
  });
}

function* allMoved(placed: Iterable<PlacedRecord>, from: string, to: string): Generator<PlacedRecord> {
  for (const { record, place } of placed) yield { record: recordMoved(record, from, to), place };
}

/** A record of the lab on the network `from` as the lab on `to` has it. */
export function recordMoved(record: ResourceRecord, from: string, to: string): ResourceRecord {
  const { rdata } = record;
  if (from === to || rdata.kind !== 'A' || !rdata.address.startsWith(`${from}.`)) return record;
  return { ...record, rdata: { ...rdata, address: `${to}${rdata.address.slice(from.length)}` } };
}
