/**
 * Writes a DNS message (RFC 1035, section 4.1) into a number of octets. What does not fit is left out by whole RRsets
 * (RFC 2181, section 9), and TC says so; header, question and OPT always stay (RFC 6891, section 7).
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import { HEADER_OCTETS, MESSAGE_OCTETS_MAX, type Message, type ResourceRecord } from './message.ts';
import { isSameName, isSubdomain } from './name.ts';
import { encodeRdata } from './rdata-wire.ts';
import { TYPE } from './registry.ts';
import { WireWriter } from './wire-writer.ts';

/** Octets of an OPT record without options: root, type, class, TTL, length. */
const OPT_OCTETS = 11;

/** The octets of `message`, at most `limit`. @throws ProtocolViolation where header, question and OPT do not fit */
export function encodeMessage(message: Message, limit = MESSAGE_OCTETS_MAX): Uint8Array<ArrayBuffer> {
  const writer = new WireWriter();
  for (let octets = HEADER_OCTETS; octets > 0; octets -= 2) writer.u16(0);
  for (const { qname, qtype, qclass } of message.question) {
    writer.name(qname);
    writer.u16(qtype);
    writer.u16(qclass);
  }
  const room = limit - optOctets(message);
  if (writer.offset > room)
    throw new ProtocolViolation(`The question does not fit in ${limit} octets`, 0, 'RFC 1035, section 4.2.1');

  const answer = writeSection(writer, message.answer, room);
  const authority = answer.complete ? writeSection(writer, message.authority, room) : NOTHING;
  const additional = answer.complete && authority.complete ? writeSection(writer, message.additional, room) : NOTHING;
  const complete = answer.complete && authority.complete && !lacksGlue(message, additional.count);
  if (message.edns !== null) writeOpt(writer, message);

  writer.patchU16(0, message.id);
  writer.patchU16(2, flagsOf(message, message.tc || !complete));
  writer.patchU16(4, message.question.length);
  writer.patchU16(6, answer.count);
  writer.patchU16(8, authority.count);
  writer.patchU16(10, additional.count + (message.edns === null ? 0 : 1));
  return writer.finish();
}

/**
 * Additional records are optional, but a referral needs the glue of all servers inside of the delegated zone (RFC 9471,
 * section 3.1); that of others may be left out (section 3.2).
 */
function lacksGlue({ answer, authority, additional }: Message, written: number): boolean {
  const cut = answer.length === 0 ? authority.find(({ type }) => type === TYPE.NS) : undefined;
  return cut !== undefined && additional.slice(written).some(({ owner }) => isSubdomain(owner, cut.owner));
}

interface Section {
  readonly count: number;
  readonly complete: boolean;
}

const NOTHING: Section = { count: 0, complete: false };

/** Writes the records that fit, ending at the first RRset that does not. */
function writeSection(writer: WireWriter, records: readonly ResourceRecord[], room: number): Section {
  let rrset = { start: writer.offset, count: 0 };
  for (const [count, record] of records.entries()) {
    if (!isSameRrset(record, records[count - 1])) rrset = { start: writer.offset, count };
    writeRecord(writer, record);
    if (writer.offset > room) {
      writer.rewind(rrset.start);
      return { count: rrset.count, complete: false };
    }
  }
  return { count: records.length, complete: true };
}

function isSameRrset(one: ResourceRecord, other: ResourceRecord | undefined): boolean {
  return (
    other !== undefined && one.type === other.type && one.class === other.class && isSameName(one.owner, other.owner)
  );
}

function writeRecord(writer: WireWriter, record: ResourceRecord): void {
  writer.name(record.owner);
  writer.u16(record.type);
  writer.u16(record.class);
  writer.u32(record.ttl);
  const lengthAt = writer.offset;
  writer.u16(0);
  encodeRdata(writer, record.type, record.class, record.rdata);
  const length = writer.offset - lengthAt - 2;
  if (length > 0xffff) throw new ProtocolViolation(`RDATA has ${length} octets`, lengthAt, 'RFC 1035, section 3.2.1');
  writer.patchU16(lengthAt, length);
}

function optOctets(message: Message): number {
  if (message.edns === null) return 0;
  return message.edns.options.reduce((sum, { data }) => sum + 4 + data.length, OPT_OCTETS);
}

function writeOpt(writer: WireWriter, { edns, rcode }: Message): void {
  if (edns === null) return;
  writer.u8(0);
  writer.u16(TYPE.OPT);
  writer.u16(edns.udpPayloadSize);
  writer.u8(rcode >> 4);
  writer.u8(edns.version);
  writer.u16(edns.dnssecOk ? 0x8000 : 0);
  writer.u16(edns.options.reduce((sum, { data }) => sum + 4 + data.length, 0));
  for (const { code, data } of edns.options) {
    writer.u16(code);
    writer.u16(data.length);
    writer.octets(data);
  }
}

function flagsOf(message: Message, truncated: boolean): number {
  const bit = (value: boolean, place: number): number => (value ? 1 << (15 - place) : 0);
  return (
    bit(message.qr, 0) |
    (message.opcode << 11) |
    bit(message.aa, 5) |
    bit(truncated, 6) |
    bit(message.rd, 7) |
    bit(message.ra, 8) |
    bit(message.ad, 10) |
    bit(message.cd, 11) |
    (message.rcode & 0xf)
  );
}
