/**
 * DNAME (RFC 6672): everything below its owner is found below its target. For the name that was asked for a CNAME record is
 * made of it (section 3.1), with the TTL of the DNAME; who asked gets both. The one that a server has made is not needed:
 * it is made anew, for this name and for every other one below the owner, while the cache has the DNAME (section 3.4).
 */
import type { ResourceRecord } from '#shared/dns/message.ts';
import { isSubdomain, type Name, renamed, suffixOf } from '#shared/dns/name.ts';
import { CLASS, TYPE } from '#shared/dns/registry.ts';

export interface Redirection {
  /** The DNAME record, and the CNAME record that follows from it. */
  readonly links: readonly ResourceRecord[];
  /** The other name; undefined where it would be longer than names may be: then there is no CNAME (YXDOMAIN, section 3.1). */
  readonly target: Name | undefined;
}

/** What the DNAME record makes of `name`; null where it is no DNAME, or of no name above. */
export function redirect(name: Name, dname: ResourceRecord | undefined): Redirection | null {
  if (dname?.rdata.kind !== 'DNAME' || !isBelow(name, dname.owner)) return null;
  const { ttl, rdata } = dname;
  // The letters of the question were mixed at random, and a server may have copied them.
  const own = { ...dname, owner: suffixOf(name, dname.owner.length) };
  const target = renamed(name, dname.owner, rdata.target);
  if (target === undefined) return { links: [own], target };
  const cname: ResourceRecord = {
    owner: name,
    type: TYPE.CNAME,
    class: CLASS.IN,
    ttl,
    rdata: { kind: 'CNAME', target },
  };
  return { links: [own, cname], target };
}

/** The redirection of `name` by the first DNAME above it among `records`. */
export function redirectionIn(records: readonly ResourceRecord[], name: Name): Redirection | null {
  return redirect(
    name,
    records.find(({ type, owner }) => type === TYPE.DNAME && isBelow(name, owner)),
  );
}

/** `records` without the CNAME records that follow from DNAME records among them. */
export function withoutSynthesised(records: readonly ResourceRecord[]): readonly ResourceRecord[] {
  const dnames = records.filter(({ type }) => type === TYPE.DNAME);
  if (dnames.length === 0) return records;
  return records.filter(
    ({ type, owner }) => type !== TYPE.CNAME || !dnames.some((dname) => isBelow(owner, dname.owner)),
  );
}

function isBelow(name: Name, owner: Name): boolean {
  return name.length > owner.length && isSubdomain(name, owner);
}
