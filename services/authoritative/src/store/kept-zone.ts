import { existsSync } from 'node:fs';
import { type PlacedRecord, recordsOfMasterFile } from '#shared/dns/master-file.ts';
import type { ResourceRecord } from '#shared/dns/message.ts';
import type { Name } from '#shared/dns/name.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import type { Edition } from '../protocol/edition.ts';
import { buildZone, recordsOf, type Zone } from '../protocol/zone.ts';
import { replaceFile } from './durable-file.ts';
import { readFirstLine, readPieces } from './zone-files.ts';

/** A zone as it was at one moment, and the edition of the zone file that it goes back to. */
export interface KeptZone {
  readonly zone: Zone;
  readonly fileEdition: Edition;
}

const TITLE = /^; topdown zone 1 (\d+\.\d+), from a file with serial (\d+) and digest (\S+)$/;

/** Keeps a zone as a zone file of its own, with the addresses of this lab. */
export async function keepZone(path: string, { zone, fileEdition }: KeptZone, net: string): Promise<void> {
  await replaceFile(path, linesOf(zone, fileEdition, net));
}

function* linesOf(zone: Zone, { serial, digest }: Edition, net: string): Generator<string> {
  yield `; topdown zone 1 ${net}, from a file with serial ${serial} and digest ${digest}\n`;
  for (const record of recordsOf(zone)) yield `${formatRecord(record)}\n`;
}

/** The zone kept at `path`, moved to the network `net`; undefined where there is none. @throws Error where it is damaged */
export function readKeptZone(path: string, origin: Name, net: string): KeptZone | undefined {
  if (!existsSync(path)) return undefined;
  const [, from, serial, digest] = TITLE.exec(readFirstLine(path)) ?? [];
  if (from === undefined) throw new Error(`${path} does not begin as a kept zone does`);
  const placed = recordsOfMasterFile({ text: readPieces(path), file: path }, origin, () => {
    throw new Error('a kept zone includes nothing');
  });
  const zone = buildZone(origin, allMoved(placed, from, net), path);
  return { zone, fileEdition: { serial: Number(serial), digest: digest! } };
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
