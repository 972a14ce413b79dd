/** Whole zones (AXFR, RFC 5936) and what has changed in them (IXFR, RFC 1995): who may have them, and in which form. */
import { type Message, responseTo } from '#shared/dns/message.ts';
import { isSameName, type Name, nameKey } from '#shared/dns/name.ts';
import { formatName } from '#shared/dns/name-text.ts';
import { RCODE, TYPE } from '#shared/dns/registry.ts';
import { isNewerSerial } from '#shared/dns/serial.ts';
import type { Difference } from './difference.ts';
import type { Asked, Knowledge, Reaction } from './respond.ts';
import { soaRecordOf, type Transfer, transferMessage } from './transfer.ts';
import type { Zone } from './zone.ts';

/** The reaction to a question for AXFR or IXFR. */
export function answerTransfer(knowledge: Knowledge, asked: Asked): Reaction {
  const { query, transport } = asked;
  const { qname, qtype } = query.question[0]!;
  const zone = knowledge.zones.get(nameKey(qname));
  if (zone === undefined) return refused(query, RCODE.NOTAUTH, `${formatName(qname)} is no zone of this server`);
  if (!asked.mayTransfer) {
    return refused(query, RCODE.REFUSED, 'whole zones are given to hosts of the lab, and to who has a key for them');
  }
  if (qtype === TYPE.IXFR) return incremental(knowledge, asked, zone);
  if (transport === 'udp') {
    return refused(query, RCODE.REFUSED, 'a zone is transferred over TCP (RFC 5936, section 4.2)');
  }
  const because = `the asker may copy the zone ${formatName(zone.origin)}`;
  return { kind: 'transfer', transfer: { zone, differences: null }, because };
}

function incremental(knowledge: Knowledge, asked: Asked, zone: Zone): Reaction {
  const { query } = asked;
  const serial = serialOf(query, zone.origin);
  if (serial === undefined) {
    return refused(query, RCODE.FORMERR, 'IXFR needs the SOA record of what the asker has (RFC 1995, section 3)');
  }
  const { serial: current } = zone.soa;
  if (!isNewerSerial(current, serial)) return single(query, zone, `${serial} is the newest there is`);
  const differences = usefulDifferences(knowledge.historyOf(zone.origin, serial), zone);
  const because =
    differences === null
      ? `what led from ${serial} to ${current} is not known any more, or is longer than the zone: all of it`
      : `what led from ${serial} to ${current}, in ${differences.length} steps`;
  return give(asked, { zone, differences }, because);
}

function give(asked: Asked, transfer: Transfer, because: string): Reaction {
  const { query } = asked;
  if (asked.transport !== 'udp') return { kind: 'transfer', transfer, because };
  const response = transferMessage(query, transfer, asked.sealOctets);
  if (response !== undefined) return { kind: 'answer', response, because };
  // RFC 1995, section 2: the SOA record alone says that there is more, and the asker comes again over TCP.
  return single(query, transfer.zone, 'it does not fit in a datagram: ask over TCP');
}

/** RFC 1995, section 4, lets a server send the whole zone where that is less. */
function usefulDifferences(differences: readonly Difference[] | undefined, zone: Zone): readonly Difference[] | null {
  if (differences === undefined) return null;
  const records = differences.reduce((sum, { deleted, added }) => sum + deleted.length + added.length, 0);
  return records < zone.records ? differences : null;
}

function serialOf(query: Message, origin: Name): number | undefined {
  for (const { owner, rdata } of query.authority)
    if (rdata.kind === 'SOA' && isSameName(owner, origin)) return rdata.serial;
  return undefined;
}

function single(query: Message, zone: Zone, because: string): Reaction {
  return { kind: 'answer', response: responseTo(query, { aa: true, answer: [soaRecordOf(zone)] }), because };
}

function refused(query: Message, rcode: number, because: string): Reaction {
  return { kind: 'refused', response: responseTo(query, { rcode }), because };
}
