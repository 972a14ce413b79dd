/**
 * What an authoritative server answers to a query: RFC 1034, section 4.3.2, steps 2 to 6. The server does not offer
 * recursion: it answers from its zones and from nothing else.
 */
import { type Abilities, formatError, refusalOf } from '#shared/dns/check-query.ts';
import { type Message, responseTo } from '#shared/dns/message.ts';
import { type Name, nameKey, parentOf, suffixOf } from '#shared/dns/name.ts';
import { formatName } from '#shared/dns/name-text.ts';
import { OPCODE, RCODE, TYPE } from '#shared/dns/registry.ts';
import { answerNotify } from './answer-notify.ts';
import { lookUp, type OutcomeKind } from './lookup.ts';
import type { Rotation } from './rotation.ts';
import type { Rrset, Zone } from './zone.ts';

/** Zones by the `nameKey` of their apex. */
type Zones = ReadonlyMap<string, Zone>;

/** What a server answers from. */
export interface Knowledge {
  readonly zones: Zones;
  /** The address of the primary of a zone that this server copies, also while it has no copy yet. */
  readonly primaryOf: (origin: Name) => string | undefined;
}

/** A query, what is known of its sender, and how it came. */
export interface Asked {
  readonly query: Message;
  /** Why its octets could not be read, where they could not. */
  readonly fault: string | null;
  readonly transport: 'udp' | 'tcp';
  /** The address it came from. */
  readonly client: string;
  readonly mayTransfer: boolean;
}

/** What the server does, its name for the counters, and why. */
export type Reaction =
  | { readonly kind: ReactionKind; readonly response: Message; readonly because: string }
  | { readonly kind: 'transfer'; readonly zone: Zone; readonly because: string }
  | Notified;

/** A NOTIFY from the primary of `origin`: to be answered, and then acted upon. */
export interface Notified {
  readonly kind: 'notify';
  readonly response: Message;
  readonly origin: Name;
  /** The serial that it announces, where it does. */
  readonly serial: number | null;
  readonly because: string;
}

type ReactionKind = OutcomeKind | 'refused' | 'bad-query';

const ABILITIES: Abilities = { opcodes: [OPCODE.QUERY, OPCODE.NOTIFY], metaTypes: [TYPE.AXFR] };

const RCODES: Readonly<Record<OutcomeKind, number>> = {
  answer: RCODE.NOERROR,
  referral: RCODE.NOERROR,
  'no-data': RCODE.NOERROR,
  'name-error': RCODE.NXDOMAIN,
  'alias-out-of-zone': RCODE.NOERROR,
  'alias-loop': RCODE.NOERROR,
  'name-too-long': RCODE.YXDOMAIN,
};

export function respond(knowledge: Knowledge, rotation: Rotation, asked: Asked): Reaction {
  const { query } = asked;
  const { zones } = knowledge;
  const refusal = asked.fault === null ? refusalOf(query, ABILITIES) : formatError(query, asked.fault);
  if (refusal !== null) return { kind: 'bad-query', ...refusal };
  if (query.opcode === OPCODE.NOTIFY) return answerNotify(query, asked.client, knowledge);
  const { qname, qtype } = query.question[0]!;
  if (qtype === TYPE.AXFR) return transfer(zones, asked, qname);

  const zone = zoneOf(zones, qname, qtype);
  if (zone === undefined) return refused(query, `no zone of this server contains ${formatName(qname)}`);
  const outcome = lookUp(zone, qname, qtype);
  const rotated = (rrsets: readonly Rrset[]) => rrsets.flatMap((rrset) => rotation.next(rrset));
  const response = responseTo(query, {
    // A referral alone speaks for another zone (RFC 1035, section 4.1.1: AA is about the first owner of the answer).
    aa: outcome.kind !== 'referral' || outcome.answer.length > 0,
    rcode: RCODES[outcome.kind],
    answer: rotated(outcome.answer),
    authority: outcome.authority.flatMap((rrset) => rrset.records),
    additional: distinct(outcome.additional).flatMap((rrset) => rrset.records),
  });
  return { kind: outcome.kind, response, because: outcome.because };
}

/** The zone that is nearest above `qname`; the DS of a zone belongs to the zone above it. */
function zoneOf(zones: Zones, qname: Name, qtype: number): Zone | undefined {
  const parent = qtype === TYPE.DS && qname.length > 0 ? nearestZone(zones, parentOf(qname)) : undefined;
  return parent ?? nearestZone(zones, qname);
}

function nearestZone(zones: Zones, qname: Name): Zone | undefined {
  for (let labels = qname.length; labels >= 0; labels -= 1) {
    const zone = zones.get(nameKey(suffixOf(qname, labels)));
    if (zone !== undefined) return zone;
  }
  return undefined;
}

/** RFC 5936: over TCP only, and only to those who may have the whole zone. */
function transfer(zones: Zones, asked: Asked, qname: Name): Reaction {
  const zone = zones.get(nameKey(qname));
  if (zone === undefined) return refused(asked.query, `${formatName(qname)} is no zone of this server`, RCODE.NOTAUTH);
  if (!asked.mayTransfer) return refused(asked.query, 'whole zones are given to hosts of the lab only');
  if (asked.transport === 'udp') return refused(asked.query, 'a zone is transferred over TCP (RFC 5936, section 4.2)');
  return { kind: 'transfer', zone, because: `the asker may copy the zone ${formatName(zone.origin)}` };
}

function refused(query: Message, because: string, rcode: number = RCODE.REFUSED): Reaction {
  return { kind: 'refused', response: responseTo(query, { rcode }), because };
}

function distinct(rrsets: readonly Rrset[]): Rrset[] {
  return [...new Set(rrsets)];
}
