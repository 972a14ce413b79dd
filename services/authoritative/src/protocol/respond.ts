/**
 * What an authoritative server answers to a query: RFC 1034, section 4.3.2, steps 2 to 6. The server does not offer
 * recursion: it answers from its zones and from nothing else.
 */
import { type Abilities, formatError, refusalOf } from '#shared/dns/check-query.ts';
import { type Message, responseTo } from '#shared/dns/message.ts';
import { type Name, nameKey, parentOf, suffixOf } from '#shared/dns/name.ts';
import { formatName } from '#shared/dns/name-text.ts';
import { CLASS, OPCODE, RCODE, TYPE } from '#shared/dns/registry.ts';
import type { Transport } from '#shared/dns/transport.ts';
import type { TsigKey } from '#shared/dns/tsig-key.ts';
import type { Update } from '#shared/dns/update.ts';
import { answerNotify } from './answer-notify.ts';
import { answerTransfer } from './answer-transfer.ts';
import { answerUpdate } from './answer-update.ts';
import type { Difference } from './difference.ts';
import { lookUp, type OutcomeKind } from './lookup.ts';
import type { Rotation, Turn } from './rotation.ts';
import type { Transfer } from './transfer.ts';
import type { Rights } from './update-policy.ts';
import type { Rrset, Zone } from './zone.ts';

/** Zones by the `nameKey` of their apex. */
type Zones = ReadonlyMap<string, Zone>;

/** What a server answers from. */
export interface Knowledge {
  readonly zones: Zones;
  /** The address of the primary of a zone that this server copies, also while it has no copy yet. */
  readonly primaryOf: (origin: Name) => string | undefined;
  /** What led from the edition `serial` of a zone to the present one, as far as that is known. */
  readonly historyOf: (origin: Name, serial: number) => readonly Difference[] | undefined;
  /** What the holder of the key `key` may change in a zone. */
  readonly rightsOf: (origin: Name, key: Name) => Rights;
}

/** A query, what is known of its sender, and how it came. */
export interface Asked {
  readonly query: Message;
  /** Why its octets could not be read, where they could not. */
  readonly fault: string | null;
  readonly transport: Transport;
  /** The address it came from. */
  readonly client: string;
  readonly mayTransfer: boolean;
  /** The key that signed it, and the octets that the answer's own signature will take. */
  readonly key: TsigKey | null;
  readonly sealOctets: number;
}

/** What the server does, its name for the counters, and why. */
export type Reaction =
  | {
      readonly kind: ReactionKind;
      readonly response: Message;
      readonly because: string;
      /** What the order of the answer goes by, where it changes from one answer to the next, and which turn this one was. */
      readonly rotated?: { readonly turn: Turn; readonly was: number } | undefined;
    }
  | { readonly kind: 'transfer'; readonly transfer: Transfer; readonly because: string }
  /** To be done, and answered when it is kept. */
  | {
      readonly kind: 'update';
      readonly origin: Name;
      readonly update: Update;
      readonly rights: Rights;
      readonly because: string;
    }
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

type ReactionKind = OutcomeKind | 'refused' | 'bad-query' | 'bad-signature';

const ABILITIES: Abilities = {
  opcodes: [OPCODE.QUERY, OPCODE.NOTIFY, OPCODE.UPDATE],
  metaTypes: [TYPE.AXFR, TYPE.IXFR],
};

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
  // Of an opcode that is not known nobody can say how its messages are made.
  const isMalformed = asked.fault !== null && ABILITIES.opcodes.includes(query.opcode);
  const refusal = isMalformed ? formatError(query, asked.fault!) : refusalOf(query, ABILITIES);
  if (refusal !== null) return { kind: 'bad-query', ...refusal };
  if (query.opcode === OPCODE.NOTIFY) return answerNotify(query, asked.client, knowledge);
  if (query.opcode === OPCODE.UPDATE) return answerUpdate(knowledge, asked);
  const { qname, qtype, qclass } = query.question[0]!;
  if (qtype === TYPE.AXFR || qtype === TYPE.IXFR) return answerTransfer(knowledge, asked);

  const zone = zoneOf(zones, qname, qtype);
  if (zone === undefined) return refused(query, `no zone of this server contains ${formatName(qname)}`);
  const outcome = lookUp(zone, qname, qtype);
  const rotated = turnOf(outcome.answer, rotation);
  const response = responseTo(query, {
    // A referral alone speaks for another zone (RFC 1035, section 4.1.1: AA is about the first owner of the answer), and
    // nobody has authority for all classes (section 6.2).
    aa: qclass !== CLASS.ANY && (outcome.kind !== 'referral' || outcome.answer.length > 0),
    rcode: RCODES[outcome.kind],
    answer: outcome.answer.flatMap((rrset) => rotation.next(rrset)),
    authority: outcome.authority.flatMap((rrset) => rrset.records),
    additional: distinct(outcome.additional).flatMap((rrset) => rrset.records),
  });
  return { kind: outcome.kind, response, because: outcome.because, rotated };
}

/** Of an answer at most one RRset has several records: aliases are single. */
function turnOf(answer: readonly Rrset[], rotation: Rotation): { turn: Turn; was: number } | undefined {
  const several = answer.find(({ records }) => records.length > 1);
  const turn = several === undefined ? null : rotation.turnOf(several);
  return turn === null ? undefined : { turn, was: turn.due() };
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

function refused(query: Message, because: string): Reaction {
  return { kind: 'refused', response: responseTo(query, { rcode: RCODE.REFUSED }), because };
}

function distinct(rrsets: readonly Rrset[]): readonly Rrset[] {
  return rrsets.length < 2 ? rrsets : [...new Set(rrsets)];
}
