/** Who serves a zone: from a referral, from the cache, or from the root hints. */
import type { ResourceRecord } from '#shared/dns/message.ts';
import { isSameName, isSubdomain, type Name, parentOf, suffixOf } from '#shared/dns/name.ts';
import { TYPE } from '#shared/dns/registry.ts';
import type { Cache } from './cache.ts';
import type { RootServers } from './root-servers.ts';

/** Servers of one zone that are considered: more than any sensible zone has. */
const SERVERS_MAX = 16;
/** Addresses of one server that are considered. */
const ADDRESSES_MAX = 4;

export interface ServerOfZone {
  readonly name: Name;
  /** Empty while it is not known. */
  readonly addresses: readonly string[];
}

export interface Delegation {
  readonly zone: Name;
  readonly servers: readonly ServerOfZone[];
}

/** Where a delegation is known from; `mode` is one that a person has chosen (see approach.ts). */
export type DelegationSource = 'cache' | 'hints' | 'priming' | 'referral' | 'mode';

/** The root hints (RFC 9609): all that a resolver is born with. */
export type Hints = Delegation;

/** Puts NS records and the addresses that came with them together. */
export function delegationOf(
  zone: Name,
  ns: readonly ResourceRecord[],
  addresses: readonly ResourceRecord[],
): Delegation {
  const servers = ns.slice(0, SERVERS_MAX).flatMap(({ rdata }) => {
    if (rdata.kind !== 'NS') return [];
    const own = addresses.filter(({ owner }) => isSameName(owner, rdata.target));
    return [{ name: rdata.target, addresses: addressesIn(own) }];
  });
  return { zone, servers };
}

/** The IPv4 addresses in `records`. */
export function addressesIn(records: readonly ResourceRecord[]): string[] {
  return records.flatMap(({ rdata }) => (rdata.kind === 'A' ? [rdata.address] : [])).slice(0, ADDRESSES_MAX);
}

/** A delegation to start from, and where it is known from. */
export interface Start {
  readonly delegation: Delegation;
  readonly source: DelegationSource;
  /** Whether the zone itself named these servers; its parent may know better ones. */
  readonly isOwnWord: boolean;
}

/** The servers that are known nearest to `qname`: the longest zone above it of which the cache has the NS records. */
export function nearestDelegation(cache: Cache, roots: RootServers, qname: Name, qtype: number, now: number): Start {
  // The DS records of a zone are the parent's (RFC 4035, section 3.1.4.1).
  const from = qtype === TYPE.DS ? parentOf(qname) : qname;
  for (let labels = from.length; labels > 0; labels -= 1) {
    const zone = suffixOf(from, labels);
    const ns = cache.rrset(zone, TYPE.NS, now);
    if (ns === undefined) continue;
    const delegation = delegationOf(zone, ns.records, knownAddresses(cache, ns.records, now));
    const isOwnWord = ns.rank === 'answer' || ns.rank === 'authority';
    if (delegation.servers.some((server) => isReachable(server, zone))) {
      return { delegation, source: 'cache', isOwnWord };
    }
  }
  return { ...roots.current(now), isOwnWord: false };
}

/** What the cache knows of the addresses of the servers in `ns`. */
export function knownAddresses(cache: Cache, ns: readonly ResourceRecord[], now: number): readonly ResourceRecord[] {
  return ns.flatMap(({ rdata }) => (rdata.kind === 'NS' ? cache.records(rdata.target, TYPE.A, now) : []));
}

/** A server inside of its own zone cannot be found without its address: only the parent's glue leads to it. */
function isReachable({ name, addresses }: ServerOfZone, zone: Name): boolean {
  return addresses.length > 0 || !isSubdomain(name, zone);
}
