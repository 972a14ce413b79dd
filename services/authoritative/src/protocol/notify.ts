/**
 * NOTIFY (RFC 1996), the side of a zone's primary: whom it tells that the zone has changed, by which message, and how
 * often. When to tell is decided in edition.ts, the other side is answer-notify.ts.
 */
import { type Edns, type Message, queryFor } from '#shared/dns/message.ts';
import { isSameName, type Name } from '#shared/dns/name.ts';
import { CLASS, formatRcode, OPCODE, RCODE, TYPE } from '#shared/dns/registry.ts';
import { rrsetAt, type Zone } from './zone.ts';

/** Servers of a zone that are told, at most: the root has thirteen, and no zone needs more. */
const SERVERS_MAX = 16;
/** Transmissions to one server: the first and 5 retransmissions (RFC 1996, section 3.6). */
const TRANSMISSIONS_MAX = 6;
/** Wait for the answer to the first transmission, in milliseconds; doubled for each next one. 60 s would be a lesson long. */
const INTERVAL_MS_FIRST = 500;

/** A server to tell, and one of its addresses. */
export interface NotifyTarget {
  readonly server: Name;
  readonly address: string;
}

/** Whom a primary tells. */
export interface NotifySet {
  /** Servers whose addresses the zone has: each address once. */
  readonly targets: readonly NotifyTarget[];
  /** Servers with names elsewhere: their addresses must be looked up. */
  readonly elsewhere: readonly Name[];
}

/**
 * The servers named in the zone's NS RRset, less the one named in its SOA record (RFC 1996, section 2.3), which is where
 * changes are made, and less the sender itself, whatever name it goes by.
 */
export function notifySetOf(zone: Zone, ownAddress: string): NotifySet {
  const targets = new Map<string, NotifyTarget>();
  const elsewhere: Name[] = [];
  for (const server of otherServers(zone)) {
    const addresses = rrsetAt(zone, server, TYPE.A)?.records ?? [];
    if (addresses.length === 0) elsewhere.push(server);
    for (const { rdata } of addresses) {
      if (rdata.kind !== 'A' || rdata.address === ownAddress || targets.has(rdata.address)) continue;
      targets.set(rdata.address, { server, address: rdata.address });
    }
  }
  return { targets: [...targets.values()], elsewhere };
}

function otherServers(zone: Zone): Name[] {
  const servers = rrsetAt(zone, zone.origin, TYPE.NS)?.records ?? [];
  return servers
    .flatMap(({ rdata }) => (rdata.kind === 'NS' && !isSameName(rdata.target, zone.soa.mname) ? [rdata.target] : []))
    .slice(0, SERVERS_MAX);
}

/** The message: AA set, and the new SOA record as a hint in the answer section (RFC 1996, sections 3.7 and 4.5). */
export function notifyMessage(zone: Zone, given: { readonly id: number; readonly edns: Edns | null }): Message {
  const question = { qname: zone.origin, qtype: TYPE.SOA, qclass: CLASS.IN };
  const answer = rrsetAt(zone, zone.origin, TYPE.SOA)?.records ?? [];
  return { ...queryFor(question, { ...given, rd: false }), opcode: OPCODE.NOTIFY, aa: true, answer };
}

/** What came of a transmission. */
export type Fate =
  | { readonly kind: 'answered'; readonly rcode: number }
  | { readonly kind: 'silent' }
  /** ICMP says that nobody is there. */
  | { readonly kind: 'unreachable' };

export type NotifyStep =
  /** Transmit, and wait so long for the answer. */
  | { readonly kind: 'transmit'; readonly waitMs: number; readonly because: string | null }
  | { readonly kind: 'end'; readonly isTold: boolean; readonly because: string };

/** What to do after `transmissions`, the last of which had this `fate`; null before the first (RFC 1996, section 3.6). */
export function nextNotifyStep(transmissions: number, fate: Fate | null): NotifyStep {
  if (fate?.kind === 'answered') return endOf(fate.rcode);
  if (fate?.kind === 'unreachable') {
    return {
      kind: 'end',
      isTold: false,
      because: 'no DNS server runs there; when it starts, it asks of its own accord',
    };
  }
  if (transmissions >= TRANSMISSIONS_MAX) {
    const because = `no answer to ${transmissions} transmissions: it learns of the change at its next REFRESH`;
    return { kind: 'end', isTold: false, because };
  }
  const waitMs = INTERVAL_MS_FIRST * 2 ** transmissions;
  const because = fate === null ? null : `transmission ${transmissions + 1} of ${TRANSMISSIONS_MAX}, no answer came`;
  return { kind: 'transmit', waitMs, because };
}

/** Any answer ends it: one that does not know NOTIFY says NOTIMP and is left alone (RFC 1996, section 3.12). */
function endOf(rcode: number): NotifyStep {
  const isTold = rcode === RCODE.NOERROR;
  return { kind: 'end', isTold, because: isTold ? 'it knows' : `it answers ${formatRcode(rcode)}` };
}
