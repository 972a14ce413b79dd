/**
 * UPDATE (RFC 2136), before anything is changed: whether it is well formed, whether this server is the zone's primary, and
 * whether its sender may change anything (sections 3.1 and 3.3). What it changes is in apply-update.ts.
 */
import { type Message, responseTo } from '#shared/dns/message.ts';
import { nameKey } from '#shared/dns/name.ts';
import { formatName } from '#shared/dns/name-text.ts';
import { CLASS, formatClass, formatType, RCODE, TYPE } from '#shared/dns/registry.ts';
import { updateOf } from '#shared/dns/update.ts';
import type { Asked, Knowledge, Reaction } from './respond.ts';

/** The reaction to an UPDATE with one zone. */
export function answerUpdate({ zones, primaryOf, rightsOf }: Knowledge, { query, key }: Asked): Reaction {
  const { qname: origin, qtype, qclass } = query.question[0]!;
  const zone = formatName(origin);
  if (qtype !== TYPE.SOA) {
    return refused(query, RCODE.FORMERR, `the zone of an update is of type SOA, not ${formatType(qtype)}`);
  }
  if (qclass !== CLASS.IN)
    return refused(query, RCODE.NOTAUTH, `there is no zone of class ${formatClass(qclass)} here`);
  const primary = primaryOf(origin);
  if (primary !== undefined) {
    // RFC 2136, section 6, lets a secondary pass updates on; this one does not, and who changes a zone asks its primary.
    return refused(query, RCODE.NOTAUTH, `this server copies ${zone}: its primary ${primary} takes updates`);
  }
  if (!zones.has(nameKey(origin))) return refused(query, RCODE.NOTAUTH, `${zone} is no zone of this server`);
  if (key === null) return refused(query, RCODE.REFUSED, `updates of ${zone} must be signed`);
  const rights = rightsOf(origin, key.name);
  if (!rights.areAny) {
    return refused(query, RCODE.REFUSED, `the key ${formatName(key.name)} may change nothing in ${zone}`);
  }
  return { kind: 'update', origin, update: updateOf(query), rights, because: `signed by ${formatName(key.name)}` };
}

function refused(query: Message, rcode: number, because: string): Reaction {
  return { kind: 'refused', response: responseTo(query, { rcode }), because };
}
