import { join } from 'node:path';
import { nameKey } from '#shared/dns/name.ts';
import { formatHostname, formatName, parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { recordAsWritten } from '#shared/dns/record-in-lab.ts';
import { replaceFile } from '#shared/host/durable-file.ts';
import { recordsOf, type Zone } from '../protocol/zone.ts';
import type { ZoneTable } from './zone-table.ts';

/** Lines of a zone that are shown; its file has all. */
const SHOWN_LINES_MAX = 1_000;

/** The zone with this name, written as a file `sync/NAME.zone` of the host's state, which may take the zone file's place. */
export async function writeZoneText(
  table: ZoneTable,
  name: string,
  { stateDir, net }: { readonly stateDir: string; readonly net: string },
): Promise<{ zone: string; serial: number; file: string; text: string }> {
  const origin = parseName(name);
  const zone = table.zones.get(nameKey(origin));
  if (zone === undefined) throw new Error(`${formatName(origin)} is no zone of this server: see GET /state`);
  const file = join(
    stateDir,
    'sync',
    `${origin.length === 0 ? 'root' : encodeURIComponent(formatHostname(origin).toLowerCase())}.zone`,
  );
  await replaceFile(file, zoneLines(zone, net));
  const shown = zoneLines(zone, net).take(SHOWN_LINES_MAX).toArray();
  return { zone: formatName(origin), serial: zone.soa.serial, file, text: shown.join('') };
}

/** Addresses of the lab as zone files write them. */
function* zoneLines(zone: Zone, net: string): Generator<string> {
  yield `; ${formatName(zone.origin)} with serial ${zone.soa.serial}, updates included: raise the serial when you edit it\n`;
  for (const record of recordsOf(zone)) yield `${formatRecord(recordAsWritten(record, net))}\n`;
}
