/** RDATA in messages: each kind of field (see rdata.ts) with its octets. */
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './address-text.ts';
import { formatLocation } from './location.ts';
import type { Name } from './name.ts';
import { type FieldKind, type FieldValue, fieldsOf, type Rdata, rdataOf, valuesOf } from './rdata.ts';
import { CLASS } from './registry.ts';
import { checkSvcParams } from './svc-params.ts';
import { formatTypeBitmap } from './type-bitmap.ts';
import type { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

interface FieldCodec {
  readonly read: (reader: WireReader) => FieldValue;
  readonly write: (writer: WireWriter, value: FieldValue) => void;
}

const FIELD_CODECS: Readonly<Record<FieldKind, FieldCodec>> = {
  u8: { read: (reader) => reader.u8(), write: (writer, value) => writer.u8(value as number) },
  u16: { read: (reader) => reader.u16(), write: (writer, value) => writer.u16(value as number) },
  u32: { read: (reader) => reader.u32(), write: (writer, value) => writer.u32(value as number) },
  period: { read: (reader) => reader.u32(), write: (writer, value) => writer.u32(value as number) },
  ipv4: {
    read: (reader) => formatIpv4(reader.octets(4)),
    write: (writer, value) => writer.octets(Uint8Array.from(parseIpv4(value as string)!)),
  },
  ipv6: {
    read: (reader) => formatIpv6(reader.octets(16)),
    write: (writer, value) => writer.octets(Uint8Array.from(parseIpv6(value as string)!)),
  },
  name: { read: (reader) => reader.name(), write: (writer, value) => writer.name(value as Name) },
  // A receiver follows pointers here too: some senders compress these names (RFC 3597, section 4).
  fullName: { read: (reader) => reader.name(), write: (writer, value) => writer.uncompressedName(value as Name) },
  string: { read: readString, write: (writer, value) => writeString(writer, value as string) },
  tag: { read: readString, write: (writer, value) => writeString(writer, value as string) },
  strings: { read: readStrings, write: writeStrings },
  text: {
    read: (reader) => reader.text(reader.remaining),
    write: (writer, value) => writer.text(value as string),
  },
  hex: { read: readRest, write: writeOctets },
  base64: { read: readRest, write: writeOctets },
  type: { read: (reader) => reader.u16(), write: (writer, value) => writer.u16(value as number) },
  time: { read: (reader) => reader.u32(), write: (writer, value) => writer.u32(value as number) },
  salt: { read: readCounted, write: writeCounted },
  hash: { read: readCounted, write: writeCounted },
  types: {
    read: (reader) => checked(readRest(reader), formatTypeBitmap),
    write: writeOctets,
  },
  location: {
    read: (reader) => checked(readRest(reader), formatLocation),
    write: writeOctets,
  },
  svcParams: {
    read: (reader) => checked(readRest(reader), checkSvcParams),
    write: writeOctets,
  },
};

/** `octets`, once `check` has not thrown: what is kept can be printed. */
function checked(octets: Uint8Array, check: (octets: Uint8Array) => unknown): Uint8Array {
  check(octets);
  return octets;
}

function readRest(reader: WireReader): Uint8Array {
  return reader.octets(reader.remaining);
}

function writeOctets(writer: WireWriter, value: FieldValue): void {
  writer.octets(value as Uint8Array);
}

function readCounted(reader: WireReader): Uint8Array {
  return reader.octets(reader.u8());
}

function writeCounted(writer: WireWriter, value: FieldValue): void {
  const octets = value as Uint8Array;
  writer.u8(octets.length);
  writer.octets(octets);
}

/** Reads the `length` octets of a record's RDATA. @throws ProtocolViolation */
export function decodeRdata(reader: WireReader, type: number, klass: number, length: number): Rdata {
  const fields = fieldsOf(type, klass);
  // An update names records to delete by their type alone (RFC 2136, section 2.5.2).
  const isDeletion = length === 0 && (klass === CLASS.ANY || klass === CLASS.NONE);
  if (fields === undefined || isDeletion) return { kind: 'octets', octets: reader.octets(length) };
  return reader.within(length, () => {
    const values: Record<string, FieldValue> = {};
    for (const [name, kind] of fields) values[name] = FIELD_CODECS[kind].read(reader);
    return rdataOf(type, values);
  });
}

/** Reads one field of RDATA. @throws ProtocolViolation */
export function readField(reader: WireReader, kind: FieldKind): FieldValue {
  return FIELD_CODECS[kind].read(reader);
}

/** Writes a record's RDATA, without its length. */
export function encodeRdata(writer: WireWriter, type: number, klass: number, rdata: Rdata): void {
  if (rdata.kind === 'octets') {
    writer.octets(rdata.octets);
    return;
  }
  const values = valuesOf(rdata);
  for (const [name, kind] of fieldsOf(type, klass) ?? []) FIELD_CODECS[kind].write(writer, values[name]!);
}

function readString(reader: WireReader): string {
  return reader.text(reader.u8());
}

function writeString(writer: WireWriter, text: string): void {
  writer.u8(text.length);
  writer.text(text);
}

function readStrings(reader: WireReader): string[] {
  const strings: string[] = [];
  do strings.push(readString(reader));
  while (reader.remaining > 0);
  return strings;
}

function writeStrings(writer: WireWriter, value: FieldValue): void {
  for (const string of value as readonly string[]) writeString(writer, string);
}
