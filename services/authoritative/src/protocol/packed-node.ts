/**
 * A node of a zone as octets, for zones of many names: an object, a map and an array for each name would take ten times as
 * much. Numbers have the most significant octet first; names and RDATA are those of messages, without compression.
 *
 *     u32 length of all that follows
 *     u8  length of the key      the key: the owner's labels, each after its length, in lower case
 *     u8  1 where the owner is written in other letters, which then follow: as many octets as the key
 *     u32 children: names one label longer that exist
 *     u16 RRsets, each:   u16 type   u32 TTL   u16 records, each:   u16 length   RDATA
 */
import type { ResourceRecord } from '#shared/dns/message.ts';
import { type Name, nameKey } from '#shared/dns/name.ts';
import { octetString } from '#shared/dns/octets.ts';
import { decodeRdata, encodeRdata } from '#shared/dns/rdata-wire.ts';
import { CLASS } from '#shared/dns/registry.ts';
import { WireReader } from '#shared/dns/wire-reader.ts';
import type { WireWriter } from '#shared/dns/wire-writer.ts';
import type { Node, Rrset } from './zone.ts';

/** Where the key of a packed node begins, after the length of the node and its own. */
const KEY_AT = 5;

/** Writes `node`. The writer must not compress names. */
export function packNode(writer: WireWriter, { owner, children, rrsets }: Node): void {
  const start = writer.offset;
  const key = nameKey(owner);
  const spelling = spellingOf(owner);
  writer.u32(0);
  writer.u8(key.length);
  writer.text(key);
  writer.u8(spelling === key ? 0 : 1);
  if (spelling !== key) writer.text(spelling);
  writer.u32(children);
  writer.u16(rrsets.size);
  for (const rrset of rrsets.values()) packRrset(writer, rrset);
  writer.patchU32(start, writer.offset - start - 4);
}

function packRrset(writer: WireWriter, { type, records }: Rrset): void {
  writer.u16(type);
  writer.u32(records[0]!.ttl);
  writer.u16(records.length);
  for (const { rdata } of records) {
    const lengthAt = writer.offset;
    writer.u16(0);
    encodeRdata(writer, type, CLASS.IN, rdata);
    writer.patchU16(lengthAt, writer.offset - lengthAt - 2);
  }
}

/** The node whose octets begin at `place`. */
export function unpackNode(octets: Uint8Array, place: number): Node {
  const reader = new WireReader(octets.subarray(place, nextPlace(octets, place)));
  reader.u32();
  const key = reader.text(reader.u8());
  const spelling = reader.u8() === 0 ? key : reader.text(key.length);
  const owner = nameOf(spelling);
  const children = reader.u32();
  const rrsets = new Map<number, Rrset>();
  for (let left = reader.u16(); left > 0; left -= 1) {
    const rrset = unpackRrset(reader, owner);
    rrsets.set(rrset.type, rrset);
  }
  return { owner, children, rrsets };
}

function unpackRrset(reader: WireReader, owner: Name): Rrset {
  const type = reader.u16();
  const ttl = reader.u32();
  const records: ResourceRecord[] = [];
  for (let left = reader.u16(); left > 0; left -= 1) {
    const rdata = decodeRdata(reader, type, CLASS.IN, reader.u16());
    records.push({ owner, type, class: CLASS.IN, ttl, rdata });
  }
  return { owner, type, records };
}

/** Where the node after the one at `place` begins. */
export function nextPlace(octets: Uint8Array, place: number): number {
  return (
    place +
    4 +
    ((octets[place]! * 0x100 + octets[place + 1]!) * 0x100 + octets[place + 2]!) * 0x100 +
    octets[place + 3]!
  );
}

/** Whether the node at `place` is the one known by `key`. */
export function hasKey(octets: Uint8Array, place: number, key: string): boolean {
  if (octets[place + KEY_AT - 1] !== key.length) return false;
  for (let at = 0; at < key.length; at += 1) if (octets[place + KEY_AT + at] !== key.charCodeAt(at)) return false;
  return true;
}

/** The `nameKey` of the node at `place` ... */
export function keyAt(octets: Uint8Array, place: number): string {
  const { start, end } = keyRange(octets, place);
  return octetString(octets, start, end);
}

/** ... and where its octets are. */
export function keyRange(octets: Uint8Array, place: number): { start: number; end: number } {
  const start = place + KEY_AT;
  return { start, end: start + octets[start - 1]! };
}

/** The labels of a name as they are written, each after its length. */
function spellingOf(name: Name): string {
  let spelling = '';
  for (const label of name) spelling += String.fromCharCode(label.length) + label;
  return spelling;
}

function nameOf(spelling: string): Name {
  const labels: string[] = [];
  for (let at = 0; at < spelling.length; ) {
    const length = spelling.charCodeAt(at);
    labels.push(spelling.slice(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return labels;
}
