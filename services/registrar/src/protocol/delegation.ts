/**
 * A delegation: what the zone of a top-level domain holds of one domain (RFC 1034, section 4.2.1), NS records and their
 * glue. Glue is entered for servers at or below the domain only ("in-domain", RFC 9499, section 7): nobody could ask for their
 * addresses without having them. The address of any other server is the business of the domain that the server is in.
 */

import type { Message, ResourceRecord } from '#shared/dns/message.ts';
import { isSameName } from '#shared/dns/name.ts';
import { formatHostname, parseName } from '#shared/dns/name-text.ts';
import { formatRecord } from '#shared/dns/rdata-text.ts';
import { CLASS, TYPE } from '#shared/dns/registry.ts';
import type { NameServer } from './application.ts';

/** Seconds that others may remember a delegation: what com and the other zones of the lab have. */
const DELEGATION_TTL_S = 172_800;

/** Names in lower case; both lists are sorted, so that equal delegations have equal text. */
export interface Delegation {
  readonly nameServers: readonly string[];
  readonly glue: readonly NameServer[];
}

/** The delegation that a registration of `name` with these servers asks for. */
export function delegationOf(name: string, nameServers: readonly NameServer[]): Delegation {
  const glue = nameServers.filter((server) => isInDomain(server.name, name));
  return sorted(
    nameServers.map((server) => server.name),
    glue.map(({ name: server, address }) => ({ name: server, address })),
  );
}

/** Whether the zone above `domain` must have the address of `server` too. */
export function isInDomain(server: string, domain: string): boolean {
  return server === domain || server.endsWith(`.${domain}`);
}

/** The delegation of `name` in an answer of the zone's server: a referral, or null where there is none. */
export function delegationIn({ answer, authority, additional }: Message, name: string): Delegation | null {
  const owner = parseName(name);
  const nameServers = [...answer, ...authority].flatMap((record) =>
    record.rdata.kind === 'NS' && isSameName(record.owner, owner) ? [formatHostname(record.rdata.target)] : [],
  );
  if (nameServers.length === 0) return null;
  const lower = nameServers.map((server) => server.toLowerCase());
  const glue = additional.flatMap(({ owner: server, rdata }) => {
    const known = formatHostname(server).toLowerCase();
    const belongs = isInDomain(known, name) && lower.includes(known);
    return rdata.kind === 'A' && belongs ? [{ name: known, address: rdata.address }] : [];
  });
  return sorted(lower, glue);
}

export function isSameDelegation(one: Delegation | null, other: Delegation | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Whether both name the same servers, whatever their addresses are. */
export function hasSameServers(one: Delegation, other: Delegation): boolean {
  return JSON.stringify(one.nameServers) === JSON.stringify(other.nameServers);
}

/** The records of a delegation: NS first, then the glue. */
export function recordsOf(name: string, { nameServers, glue }: Delegation): readonly ResourceRecord[] {
  const owner = parseName(name);
  const shared = { class: CLASS.IN, ttl: DELEGATION_TTL_S };
  return [
    ...nameServers.map((server) => {
      const rdata = { kind: 'NS', target: parseName(server) } as const;
      return { owner, type: TYPE.NS, ...shared, rdata };
    }),
    ...glue.map(({ name: server, address }) => {
      const rdata = { kind: 'A', address } as const;
      return { owner: parseName(server), type: TYPE.A, ...shared, rdata };
    }),
  ];
}

/** A delegation as lines of a zone file; none has no lines. */
export function delegationLines(name: string, delegation: Delegation | null): readonly string[] {
  return delegation === null ? [] : recordsOf(name, delegation).map(formatRecord);
}

function sorted(nameServers: readonly string[], glue: readonly NameServer[]): Delegation {
  return {
    nameServers: nameServers.toSorted(),
    glue: glue.toSorted((one, other) => compare(one.name, other.name) || compare(one.address, other.address)),
  };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
