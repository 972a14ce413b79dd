/**
 * NOTIFY (RFC 1996), the side of a secondary: who may tell it that a zone has changed, and what it answers. What it does
 * about it is in secondary.ts.
 */
import { type Message, responseTo } from '#shared/dns/message.ts';
import { isSameName, type Name, nameKey } from '#shared/dns/name.ts';
import { formatName } from '#shared/dns/name-text.ts';
import { CLASS, formatClass, formatType, RCODE, TYPE } from '#shared/dns/registry.ts';
import type { Knowledge, Reaction } from './respond.ts';

/**
 * The reaction to a NOTIFY with one question, from the address `client`.
 *
 * Two deviations, both also those of BIND and NSD: who is not the primary is answered REFUSED, where RFC 1996, section
 * 3.10 says to ignore it, so that a person sees why nothing happens; and header bits that section 3.2 wants to be zero
 * (RD, as dig sends it) are not looked at.
 */
export function answerNotify(query: Message, client: string, { zones, primaryOf }: Knowledge): Reaction {
  const { qname: origin, qtype, qclass } = query.question[0]!;
  const zone = formatName(origin);
  const refuse = (rcode: number, because: string): Reaction => ({
    kind: 'refused',
    response: responseTo(query, { rcode }),
    because,
  });
  // RFC 1996, section 3.11: a changed SOA record is the only event that is defined.
  if (qtype !== TYPE.SOA) return refuse(RCODE.NOTIMP, `NOTIFY is about SOA records, not about ${formatType(qtype)}`);
  if (qclass !== CLASS.IN) return refuse(RCODE.NOTAUTH, `there is no zone of class ${formatClass(qclass)} here`);
  const primary = primaryOf(origin);
  const held = zones.get(nameKey(origin));
  if (primary === undefined && held === undefined) return refuse(RCODE.NOTAUTH, `${zone} is no zone of this server`);
  if (primary === undefined) return refuse(RCODE.REFUSED, `${zone} comes from a file of this server: nobody tells it`);
  if (client !== primary) return refuse(RCODE.REFUSED, `${client} is not the primary of ${zone}, ${primary} is`);

  const serial = announcedSerial(query, origin);
  const because =
    serial !== null && serial === held?.soa.serial
      ? `the primary of ${zone} announces serial ${serial}, which is here already`
      : `the primary of ${zone} announces a change: it is asked at once for its serial`;
  // RFC 1996, section 4.7: the request again, with QR set.
  return { kind: 'notify', response: responseTo(query, { aa: true }), origin, serial, because };
}

/** The serial in the answer section, an unsecured hint (RFC 1996, section 3.7); null where there is none. */
function announcedSerial(query: Message, origin: Name): number | null {
  for (const { owner, rdata } of query.answer)
    if (rdata.kind === 'SOA' && isSameName(owner, origin)) return rdata.serial;
  return null;
}
