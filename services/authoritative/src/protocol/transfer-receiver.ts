/**
 * Zone transfer as a secondary takes it: messages are put together until the SOA record that ends it. The answer to a
 * question for what has changed (IXFR, RFC 1995, section 4) has one of three forms:
 *
 *     one SOA record, not newer than what is here           nothing has changed
 *     SOA of the new edition, SOA of the old one, ...       the differences
 *     SOA of the new edition, anything else, ...            the whole zone, as AXFR has it
 *
 * A whole zone is put together as its records come, so that a million names are not held twice.
 */
import type { Message, ResourceRecord } from '#shared/dns/message.ts';
import { isSameName, type Name } from '#shared/dns/name.ts';
import type { SoaRdata } from '#shared/dns/rdata.ts';
import { formatRcode, RCODE, TYPE } from '#shared/dns/registry.ts';
import { isNewerSerial } from '#shared/dns/serial.ts';
import type { Difference } from './difference.ts';
import { finishZone, type Zone } from './zone.ts';
import { ZoneBuilder } from './zone-builder.ts';

/** Records that a receiver takes for one zone. */
const RECORDS_MAX = 2_000_000;

/** Why a transfer came to nothing. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
}

export type Received =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'whole'; readonly zone: Zone }
  | { readonly kind: 'differences'; readonly differences: readonly Difference[] };

interface DifferenceInWork {
  readonly deleted: ResourceRecord[];
  readonly added: ResourceRecord[];
}

export class TransferReceiver {
  readonly #origin: Name;
  /** As errors name it. */
  readonly #source: string;
  /** The serial of what is here, where differences were asked for. */
  readonly #serial: number | null;
  readonly #builder: ZoneBuilder;
  /** The SOA record that the transfer begins with. */
  #first: ResourceRecord | undefined;
  readonly #differences: DifferenceInWork[] = [];
  #form: 'unknown' | 'whole' | 'differences' | 'unchanged' = 'unknown';
  #records = 0;

  constructor(origin: Name, source: string, serial: number | null = null) {
    this.#origin = origin;
    this.#source = source;
    this.#serial = serial;
    this.#builder = new ZoneBuilder(origin);
  }

  /** What came, when it is complete. @throws ZoneFileError where it is no zone */
  finish(): Received {
    if (this.#form === 'unchanged') return { kind: 'unchanged' };
    if (this.#form === 'whole') return { kind: 'whole', zone: finishZone(this.#builder, this.#origin, this.#source) };
    const differences = this.#differences.map(({ deleted, added }) => ({
      ...{ from: serialOf(deleted[0]!), to: serialOf(added[0]!) },
      ...{ deleted, added },
    }));
    return { kind: 'differences', differences };
  }

  /** Takes the next message and says whether it was the last. @throws TransferError, ZoneFileError for a record that cannot be */
  take(message: Message): boolean {
    if (message.rcode !== RCODE.NOERROR) throw new TransferError(`the primary answers ${formatRcode(message.rcode)}`);
    if (message.answer.length === 0) throw new TransferError('a message of the transfer is empty');
    for (const [at, record] of message.answer.entries()) {
      if (++this.#records > RECORDS_MAX) throw new TransferError(`the zone has more than ${RECORDS_MAX} records`);
      if (!this.#takeRecord(record)) continue;
      if (at === message.answer.length - 1) return true;
      throw new TransferError('records follow the second SOA');
    }
    return this.#isUnchanged(message);
  }

  /** One SOA record that is not newer is all there is; one that is newer is the first of a reply in small messages. */
  #isUnchanged({ answer }: Message): boolean {
    if (this.#serial === null || this.#records > 1 || answer.length > 1) return false;
    if (isNewerSerial(serialOf(this.#first!), this.#serial)) return false;
    this.#form = 'unchanged';
    return true;
  }

  /** Whether it ends the transfer. */
  #takeRecord(record: ResourceRecord): boolean {
    const isSoa = record.type === TYPE.SOA && isSameName(record.owner, this.#origin);
    const first = this.#first;
    if (first === undefined) {
      if (!isSoa) throw new TransferError('the first record is not the SOA of the zone');
      this.#first = record;
      return false;
    }
    if (this.#form === 'unknown') {
      const isOld = this.#serial !== null && isSoa && serialOf(record) !== serialOf(first);
      this.#form = isOld ? 'differences' : 'whole';
      if (!isOld) this.#build(first, 1);
    }
    if (this.#form === 'differences') return this.#takeOfDifference(record, isSoa, serialOf(first));
    if (isSoa) return true;
    this.#build(record, this.#records);
    return false;
  }

  /** Puts the record `line` of the transfer into the zone. */
  #build(record: ResourceRecord, line: number): void {
    this.#builder.add({ record, place: { file: this.#source, line } });
  }

  #takeOfDifference(record: ResourceRecord, isSoa: boolean, newest: number): boolean {
    const last = this.#differences.at(-1);
    if (!isSoa) {
      if (last!.added.length > 0) last!.added.push(record);
      else last!.deleted.push(record);
      return false;
    }
    if (last !== undefined && last.added.length === 0) {
      last.added.push(record);
      return false;
    }
    if (last !== undefined && serialOf(last.added[0]!) === newest && serialOf(record) === newest) return true;
    this.#differences.push({ deleted: [record], added: [] });
    return false;
  }
}

function serialOf({ rdata }: ResourceRecord): number {
  return (rdata as SoaRdata).serial;
}
