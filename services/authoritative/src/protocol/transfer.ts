/**
 * Zone transfer (AXFR, RFC 5936): the records of a zone in one or more messages, the SOA record first and again at the
 * end. Who sends cuts them into messages; who receives waits for the second SOA.
 */
import { type Message, type ResourceRecord, responseTo } from '#shared/dns/message.ts';
import { isSameName, type Name } from '#shared/dns/name.ts';
import { formatRcode, RCODE, TYPE } from '#shared/dns/registry.ts';
import { recordsOf, type Zone } from './zone.ts';

/** Records in one message: a few kilobytes, so that the sender holds little and the receiver can begin. */
const RECORDS_OF_MESSAGE_MAX = 100;
/** Records that a receiver takes for one zone: what a host of 60 MB can hold. */
const RECORDS_MAX = 100_000;

/** The messages that carry `zone` to who asked by `query`, made one at a time. */
export function* transferMessages(query: Message, zone: Zone): Generator<Message> {
  const records = recordsOf(zone);
  const soa = records.next().value as ResourceRecord;
  let answer = [soa];
  for (const record of records) {
    if (answer.length >= RECORDS_OF_MESSAGE_MAX) {
      yield responseTo(query, { aa: true, answer });
      answer = [];
    }
    answer.push(record);
  }
  yield responseTo(query, { aa: true, answer: [...answer, soa] });
}

/** Why a transfer came to nothing. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
}

/** Puts the messages of a transfer together. */
export class TransferReceiver {
  readonly #origin: Name;
  readonly #records: ResourceRecord[] = [];

  constructor(origin: Name) {
    this.#origin = origin;
  }

  /** The records received, without the second SOA. */
  get records(): readonly ResourceRecord[] {
    return this.#records;
  }

  /** Takes the next message and says whether it was the last. @throws TransferError */
  take(message: Message): boolean {
    if (message.rcode !== RCODE.NOERROR) throw new TransferError(`the primary answers ${formatRcode(message.rcode)}`);
    for (const [at, record] of message.answer.entries()) {
      const isSoa = record.type === TYPE.SOA && isSameName(record.owner, this.#origin);
      if (this.#records.length === 0 && !isSoa) throw new TransferError('the first record is not the SOA of the zone');
      if (this.#records.length > 0 && isSoa) {
        if (at === message.answer.length - 1) return true;
        throw new TransferError('records follow the second SOA');
      }
      if (this.#records.length >= RECORDS_MAX) throw new TransferError(`the zone has more than ${RECORDS_MAX} records`);
      this.#records.push(record);
    }
    if (message.answer.length === 0) throw new TransferError('a message of the transfer is empty');
    return false;
  }
}
