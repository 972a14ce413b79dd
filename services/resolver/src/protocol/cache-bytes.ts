/**
 * What an entry of the cache costs in memory. JavaScript does not tell, so it is counted: a constant for each object, and
 * a part for each character. The constants were measured on Node 26 with 20 000 entries of each kind (see the test) and
 * err on the side of too much: a cache that says 16 MiB takes less.
 */
import type { ResourceRecord } from '#shared/dns/message.ts';
import type { Name } from '#shared/dns/name.ts';

/** An entry with its place in the map and its list of records; a record with its RDATA; a label; in bytes. */
const ENTRY_BYTES = 330;
const RECORD_BYTES = 120;
const LABEL_BYTES = 40;
/** A field of RDATA: a number, or what holds a string or a list. */
const FIELD_BYTES = 24;

/** Bytes that an entry of `records` under `key` takes, whose records share the name `owner`. */
export function entryBytes(key: string, owner: Name, records: readonly ResourceRecord[]): number {
  let bytes = ENTRY_BYTES + key.length + nameBytes(owner);
  for (const record of records) {
    bytes += RECORD_BYTES + (record.owner === owner ? 0 : nameBytes(record.owner));
    for (const value of Object.values(record.rdata)) bytes += FIELD_BYTES + valueBytes(value);
  }
  return bytes;
}

function nameBytes(name: Name): number {
  let bytes = FIELD_BYTES;
  for (const label of name) bytes += LABEL_BYTES + label.length;
  return bytes;
}

function valueBytes(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (value instanceof Uint8Array) return 200 + value.length;
  return Array.isArray(value) ? nameBytes(value) : 0;
}
