/**
 * The TSIG record (RFC 8945, section 4.2), which signs the message that it ends. It is made last and taken off first, on the
 * octets of the message: whoever signs or verifies must have exactly those.
 *
 *     owner          name of the key            class ANY, TTL 0
 *     RDATA          algorithm                  a name, never compressed
 *                    time signed                48 bits, seconds since 1970
 *                    fudge                      16 bits, seconds by which clocks may differ
 *                    MAC size, MAC              16 bits, octets
 *                    original ID                16 bits
 *                    error                      16 bits
 *                    other length, other data   16 bits, octets
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import type { Name } from './name.ts';
import { CLASS, TYPE } from './registry.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

/** Errors of TSIG, in its own field and not in the header (RFC 8945, section 3). */
export const TSIG_ERROR = { NOERROR: 0, BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const;

export type TsigErrorName = keyof typeof TSIG_ERROR;

export interface Tsig {
  /** Name of the key, which is the record's owner. */
  readonly name: Name;
  readonly algorithm: Name;
  /** Seconds since 1970. */
  readonly timeSigned: number;
  /** Seconds. */
  readonly fudge: number;
  readonly mac: Uint8Array;
  readonly originalId: number;
  readonly error: number;
  readonly otherData: Uint8Array;
}

/** A message as it was before it was signed, and its signature. */
export interface SplitMessage {
  readonly message: Uint8Array<ArrayBuffer>;
  readonly tsig: Tsig;
}

const CLAUSE = 'RFC 8945, section 5.2';
/** Places in the header. */
const ID_AT = 0;
const ARCOUNT_AT = 10;
const TWO_TO_32 = 0x1_0000_0000;

/**
 * Takes the TSIG record off a message, and gives the message back its own id and count (RFC 8945, section 5.2); null where
 * it has none. @throws ProtocolViolation where it stands elsewhere than at the end, or cannot be read: FORMERR
 */
export function splitTsig(octets: Uint8Array): SplitMessage | null {
  const reader = new WireReader(octets);
  reader.octets(4);
  const [qdcount, ancount, nscount, arcount] = [reader.u16(), reader.u16(), reader.u16(), reader.u16()];
  for (let left = qdcount; left > 0; left -= 1) {
    reader.name();
    reader.octets(4);
  }
  for (let left = ancount + nscount + arcount; left > 0; left -= 1) {
    const start = reader.offset;
    const name = reader.name();
    if (reader.u16() !== TYPE.TSIG) {
      reader.octets(6);
      reader.octets(reader.u16());
      continue;
    }
    if (left > 1 || arcount === 0) throw reader.violation('the TSIG record is not the last one', CLAUSE);
    const tsig = readTsig(reader, name);
    if (reader.remaining > 0) throw reader.violation('octets follow the TSIG record', CLAUSE);
    const message = Uint8Array.from(octets.subarray(0, start));
    const view = new DataView(message.buffer);
    view.setUint16(ID_AT, tsig.originalId);
    view.setUint16(ARCOUNT_AT, arcount - 1);
    return { message, tsig };
  }
  return null;
}

function readTsig(reader: WireReader, name: Name): Tsig {
  const klass = reader.u16();
  if (klass !== CLASS.ANY) throw reader.violation('the class of the TSIG record is not ANY', CLAUSE);
  reader.u32();
  return reader.within(reader.u16(), () => ({
    name,
    algorithm: reader.name(),
    timeSigned: reader.u16() * TWO_TO_32 + reader.u32(),
    fudge: reader.u16(),
    mac: reader.octets(reader.u16()),
    originalId: reader.u16(),
    error: reader.u16(),
    otherData: reader.octets(reader.u16()),
  }));
}

/** `message` with `tsig` at its end. @throws ProtocolViolation where it would be too long for any message */
export function appendTsig(message: Uint8Array, tsig: Tsig): Uint8Array<ArrayBuffer> {
  const record = encodeTsig(tsig);
  const octets = new Uint8Array(message.length + record.length);
  if (octets.length > 0xffff) throw new ProtocolViolation('The message is too long to be signed', 0, CLAUSE);
  octets.set(message);
  octets.set(record, message.length);
  const view = new DataView(octets.buffer);
  view.setUint16(ARCOUNT_AT, view.getUint16(ARCOUNT_AT) + 1);
  return octets;
}

/** The record's own octets: no name is compressed, so that its length does not depend on the message. */
export function encodeTsig(tsig: Tsig): Uint8Array<ArrayBuffer> {
  const writer = new WireWriter();
  writer.uncompressedName(tsig.name);
  writer.u16(TYPE.TSIG);
  writer.u16(CLASS.ANY);
  writer.u32(0);
  const lengthAt = writer.offset;
  writer.u16(0);
  writer.uncompressedName(tsig.algorithm);
  writeTime(writer, tsig.timeSigned);
  writer.u16(tsig.fudge);
  writer.u16(tsig.mac.length);
  writer.octets(tsig.mac);
  writer.u16(tsig.originalId);
  writer.u16(tsig.error);
  writer.u16(tsig.otherData.length);
  writer.octets(tsig.otherData);
  writer.patchU16(lengthAt, writer.offset - lengthAt - 2);
  return writer.finish();
}

/** A time of 48 bits, as it stands in the record and in the other data of BADTIME. */
export function writeTime(writer: WireWriter, seconds: number): void {
  writer.u16(Math.floor(seconds / TWO_TO_32));
  writer.u32(seconds % TWO_TO_32);
}
