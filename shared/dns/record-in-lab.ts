import { addressInLab, WRITTEN_NET } from '../lab-net.ts';
import type { ResourceRecord } from './message.ts';

/** A record as the lab on the prefix `net` has it: an address of the plan is moved to its network. */
export function recordInLab(record: ResourceRecord, net: string): ResourceRecord {
  if (record.rdata.kind !== 'A') return record;
  return { ...record, rdata: { ...record.rdata, address: addressInLab(record.rdata.address, net) } };
}

/** The reverse: a record of the lab on `net` as zone files have it. */
export function recordAsWritten(record: ResourceRecord, net: string): ResourceRecord {
  const { rdata } = record;
  if (rdata.kind !== 'A' || !rdata.address.startsWith(`${net}.`)) return record;
  return { ...record, rdata: { ...rdata, address: `${WRITTEN_NET}${rdata.address.slice(net.length)}` } };
}
