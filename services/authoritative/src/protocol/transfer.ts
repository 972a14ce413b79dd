/**
 * Zone transfer as a server gives it: the whole zone (AXFR, RFC 5936) or what has changed since an edition (IXFR, RFC 1995),
 * in one or more messages. Both begin and end with the zone's SOA record; between them stand all its records, or difference
 * by difference the old SOA record with what was deleted and the new one with what was added.
 */
import { encodeMessage } from '#shared/dns/encode-message.ts';
import { type Message, type ResourceRecord, responseTo, udpLimitFor } from '#shared/dns/message.ts';
import { type FieldValue, valuesOf } from '#shared/dns/rdata.ts';
import { TYPE } from '#shared/dns/registry.ts';
import type { Difference } from './difference.ts';
import { recordsOf, rrsetAt, type Zone } from './zone.ts';

/** Records in one message: a few kilobytes, so that the sender holds little and the receiver can begin. */
const RECORDS_OF_MESSAGE_MAX = 100;
/** Octets of the records in one message, as they are estimated: far from the 65 535 that a message may have. */
const OCTETS_OF_MESSAGE_MAX = 49_152;
/** Octets of a record beside its data: an owner without compression, type, class, TTL, length. */
const RECORD_OCTETS_MAX = 265;

/** What a transfer carries: `differences` lead to `zone` from the edition that the asker has; null is the whole zone. */
export interface Transfer {
  readonly zone: Zone;
  readonly differences: readonly Difference[] | null;
}

/** The messages that carry `transfer` to who asked by `query`, made one at a time. */
export function* transferMessages(query: Message, transfer: Transfer): Generator<Message> {
  let answer: ResourceRecord[] = [];
  let octets = 0;
  for (const record of recordsOfTransfer(transfer)) {
    const more = octetsAtMost(record);
    if (answer.length >= RECORDS_OF_MESSAGE_MAX || (answer.length > 0 && octets + more > OCTETS_OF_MESSAGE_MAX)) {
      yield responseTo(query, { aa: true, answer });
      answer = [];
      octets = 0;
    }
    answer.push(record);
    octets += more;
  }
  yield responseTo(query, { aa: true, answer });
}

/** The one message that carries `transfer` over UDP, with `room` octets left free; undefined where it does not fit. */
export function transferMessage(query: Message, transfer: Transfer, room: number): Message | undefined {
  const limit = udpLimitFor(query) - room;
  const answer: ResourceRecord[] = [];
  for (const record of recordsOfTransfer(transfer)) {
    // No record has fewer octets than a pointer, its fixed fields and no data.
    if (answer.length * 12 > limit) return undefined;
    answer.push(record);
  }
  const message = responseTo(query, { aa: true, answer });
  return encodeMessage(message).length <= limit ? message : undefined;
}

export function soaRecordOf(zone: Zone): ResourceRecord {
  return rrsetAt(zone, zone.origin, TYPE.SOA)!.records[0]!;
}

function* recordsOfTransfer({ zone, differences }: Transfer): Generator<ResourceRecord> {
  if (differences === null) yield* recordsOf(zone);
  else {
    yield soaRecordOf(zone);
    for (const { deleted, added } of differences) {
      yield* deleted;
      yield* added;
    }
  }
  yield soaRecordOf(zone);
}

/** Octets of a record on the wire, or more. */
function octetsAtMost({ rdata }: ResourceRecord): number {
  if (rdata.kind === 'octets') return RECORD_OCTETS_MAX + rdata.octets.length;
  let octets = RECORD_OCTETS_MAX;
  for (const value of Object.values(valuesOf(rdata))) octets += octetsOfValue(value);
  return octets;
}

/** Numbers and addresses have 16 octets at most; a label and a string, one for their length. */
function octetsOfValue(value: FieldValue): number {
  if (typeof value === 'number') return 4;
  if (typeof value === 'string') return value.length + 16;
  if (value instanceof Uint8Array) return value.length + 2;
  return value.reduce((sum, part) => sum + part.length + 1, 1);
}
