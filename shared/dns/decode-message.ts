/**
 * Reads a DNS message from its octets (RFC 1035, section 4.1; RFC 6891, section 6.1).
 *
 *                                     1  1  1  1  1  1
 *       0  1  2  3  4  5  6  7  8  9  0  1  2  3  4  5
 *     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 *     |                      ID                       |
 *     |QR|   Opcode  |AA|TC|RD|RA| Z|AD|CD|   RCODE   |
 *     |                    QDCOUNT                    |
 *     |                    ANCOUNT                    |
 *     |                    NSCOUNT                    |
 *     |                    ARCOUNT                    |
 *     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 */
import type { Edns, EdnsOption, Header, Message, Question, ResourceRecord } from './message.ts';
import { decodeRdata } from './rdata-wire.ts';
import { TYPE } from './registry.ts';
import { WireReader } from './wire-reader.ts';

/** The message that `octets` hold, all of them. @throws ProtocolViolation */
export function decodeMessage(octets: Uint8Array): Message {
  const reader = new WireReader(octets);
  const header = readHeader(reader);
  const [qdcount, ancount, nscount, arcount] = [reader.u16(), reader.u16(), reader.u16(), reader.u16()];
  const question = repeat(qdcount, () => readQuestion(reader));
  const answer = repeat(ancount, () => readRecord(reader));
  const authority = repeat(nscount, () => readRecord(reader));
  const { records, edns, extendedRcode } = readAdditional(reader, arcount);
  if (reader.remaining > 0) {
    throw reader.violation(`${reader.remaining} octets follow the last record`, 'RFC 1035, section 4.1');
  }
  const rcode = (extendedRcode << 4) | header.rcode;
  return { ...header, rcode, question, answer, authority, additional: records, edns };
}

/** The header of a message whose rest may be garbage: enough to say FORMERR. @throws ProtocolViolation */
export function decodeHeader(octets: Uint8Array): Header {
  return readHeader(new WireReader(octets));
}

function readHeader(reader: WireReader): Header {
  const id = reader.u16();
  const flags = reader.u16();
  const bit = (place: number): boolean => ((flags >> (15 - place)) & 1) === 1;
  return {
    id,
    qr: bit(0),
    opcode: (flags >> 11) & 0xf,
    aa: bit(5),
    tc: bit(6),
    rd: bit(7),
    ra: bit(8),
    ad: bit(10),
    cd: bit(11),
    rcode: flags & 0xf,
  };
}

/** Counts are claims: each entry is read, and the first that is not there ends the reading. */
function repeat<Entry>(count: number, read: () => Entry): Entry[] {
  const entries: Entry[] = [];
  for (let left = count; left > 0; left -= 1) entries.push(read());
  return entries;
}

function readQuestion(reader: WireReader): Question {
  return { qname: reader.name(), qtype: reader.u16(), qclass: reader.u16() };
}

function readRecord(reader: WireReader): ResourceRecord {
  const owner = reader.name();
  const type = reader.u16();
  if (type === TYPE.OPT)
    throw reader.violation('OPT stands outside of the additional section', 'RFC 6891, section 6.1.1');
  return readRecordAfterType(reader, owner, type);
}

function readRecordAfterType(reader: WireReader, owner: ResourceRecord['owner'], type: number): ResourceRecord {
  const klass = reader.u16();
  const ttl = reader.u32();
  const rdata = decodeRdata(reader, type, klass, reader.u16());
  // A TTL with its first bit set counts as zero (RFC 2181, section 8).
  return { owner, type, class: klass, ttl: ttl > 0x7fff_ffff ? 0 : ttl, rdata };
}

interface Additional {
  readonly records: ResourceRecord[];
  readonly edns: Edns | null;
  readonly extendedRcode: number;
}

function readAdditional(reader: WireReader, count: number): Additional {
  const records: ResourceRecord[] = [];
  let opt: { edns: Edns; extendedRcode: number } | null = null;
  for (let left = count; left > 0; left -= 1) {
    const owner = reader.name();
    const type = reader.u16();
    if (type !== TYPE.OPT) {
      records.push(readRecordAfterType(reader, owner, type));
      continue;
    }
    if (opt !== null) throw reader.violation('there are two OPT records', 'RFC 6891, section 6.1.1');
    if (owner.length > 0) throw reader.violation('the owner of OPT is not the root', 'RFC 6891, section 6.1.2');
    opt = readOpt(reader);
  }
  return { records, edns: opt?.edns ?? null, extendedRcode: opt?.extendedRcode ?? 0 };
}

/** CLASS is the sender's payload size, TTL holds the extended RCODE, the version and the flags. */
function readOpt(reader: WireReader): { edns: Edns; extendedRcode: number } {
  const udpPayloadSize = reader.u16();
  const extendedRcode = reader.u8();
  const version = reader.u8();
  const flags = reader.u16();
  const options = reader.within(reader.u16(), () => {
    const read: EdnsOption[] = [];
    while (reader.remaining > 0) read.push({ code: reader.u16(), data: reader.octets(reader.u16()) });
    return read;
  });
  return { edns: { udpPayloadSize, version, dnssecOk: (flags & 0x8000) !== 0, options }, extendedRcode };
}
