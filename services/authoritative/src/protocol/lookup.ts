/**
 * How an authoritative server finds an answer in a zone: RFC 1034, section 4.3.2, step 3, made exact by RFC 4592
 * (wildcards), RFC 6672 (DNAME), RFC 8020 (names that own nothing) and RFC 4035, section 3.1.4.1 (DS at a zone cut).
 *
 * The zone is walked from its apex down to the name, label by label. The walk ends
 * - at a delegation: the name belongs to a zone below, and the answer is who serves it;
 * - at a DNAME: the whole subtree has another name, and the walk begins again with the new one;
 * - where the next label is missing: a wildcard there stands for it, or the name does not exist;
 * - at the name itself: it has the type, or is an alias, or has no such data.
 */
import type { ResourceRecord } from '#shared/dns/message.ts';
import { isSubdomain, type Name, nameKey, renamed, suffixOf, WILDCARD } from '#shared/dns/name.ts';
import { formatName } from '#shared/dns/name-text.ts';
import { CLASS, formatType, TYPE } from '#shared/dns/registry.ts';
import { type Node, nodeAt, type Rrset, rrsetAt, type Zone } from './zone.ts';

/** Aliases that one answer follows (the same bound as resolvers have). */
const ALIASES_MAX = 12;

export type OutcomeKind =
  | 'answer'
  | 'referral'
  | 'no-data'
  | 'name-error'
  /** The alias leads to a name of another zone: the asker looks there. */
  | 'alias-out-of-zone'
  | 'alias-loop'
  /** A DNAME makes the name longer than names may be. */
  | 'name-too-long';

export interface Outcome {
  readonly kind: OutcomeKind;
  readonly answer: readonly Rrset[];
  readonly authority: readonly Rrset[];
  readonly additional: readonly Rrset[];
  readonly because: string;
}

/** The answer of `zone`, in which `qname` is, to a question. */
export function lookUp(zone: Zone, qname: Name, qtype: number): Outcome {
  const aliases: Rrset[] = [];
  const seen = new Set<string>();
  let name = qname;
  for (;;) {
    const found = walk(zone, name, qtype);
    if (found.step === 'end') return { ...found.outcome, answer: [...aliases, ...found.outcome.answer] };
    aliases.push(...found.links);
    const end = (kind: OutcomeKind, because: string): Outcome => ({ ...NOTHING, kind, answer: aliases, because });
    if (found.target === undefined) return end('name-too-long', `${found.because}, which makes the name too long`);
    if (!isSubdomain(found.target, zone.origin)) {
      return end('alias-out-of-zone', `${found.because}, which is outside of the zone ${formatName(zone.origin)}`);
    }
    seen.add(nameKey(name));
    if (seen.has(nameKey(found.target)) || seen.size >= ALIASES_MAX) {
      return end('alias-loop', `${found.because}, and so on without end`);
    }
    name = found.target;
  }
}

const NOTHING = { answer: [], authority: [], additional: [] } as const;

type Walk =
  | { readonly step: 'end'; readonly outcome: Outcome }
  | {
      readonly step: 'alias';
      readonly links: readonly Rrset[];
      readonly target: Name | undefined;
      readonly because: string;
    };

function walk(zone: Zone, qname: Name, qtype: number): Walk {
  let encloser = nodeAt(zone, zone.origin)!;
  for (let labels = zone.origin.length; labels <= qname.length; labels += 1) {
    const name = suffixOf(qname, labels);
    const node = nodeAt(zone, name);
    if (node === undefined) return belowEncloser(zone, encloser, qname, qtype);
    const isQname = labels === qname.length;
    const cut = labels > zone.origin.length ? node.rrsets.get(TYPE.NS) : undefined;
    // The parent owns the DS of a cut (RFC 4035, section 3.1.4.1).
    if (cut !== undefined && !(isQname && qtype === TYPE.DS)) return ended(referral(zone, cut));
    const dname = node.rrsets.get(TYPE.DNAME);
    if (dname !== undefined && !isQname) return substitute(dname, qname, qtype);
    encloser = node;
  }
  return atNode(zone, encloser, qname, qtype, '');
}

/** `qname` does not exist and `encloser` is the last name above it that does (RFC 4592, section 3.3.1). */
function belowEncloser(zone: Zone, encloser: Node, qname: Name, qtype: number): Walk {
  const wildcard = nodeAt(zone, [WILDCARD, ...encloser.owner]);
  if (wildcard !== undefined)
    return atNode(zone, wildcard, qname, qtype, `the wildcard ${formatName(wildcard.owner)} stands for it: `);
  const because = `${formatName(qname)} does not exist; ${formatName(encloser.owner)} is the last name above it that does`;
  return ended({ ...NOTHING, kind: 'name-error', authority: [negativeSoa(zone)], because });
}

/** The name is found, or a wildcard that stands for it. */
function atNode(zone: Zone, node: Node, qname: Name, qtype: number, how: string): Walk {
  const cname = node.rrsets.get(TYPE.CNAME);
  if (cname !== undefined && qtype !== TYPE.CNAME && qtype !== TYPE.ANY) {
    const { rdata } = cname.records[0]!;
    const target = rdata.kind === 'CNAME' ? rdata.target : undefined;
    const because = `${how}${formatName(qname)} is an alias of ${target === undefined ? '?' : formatName(target)}`;
    return { step: 'alias', links: [ownedBy(cname, qname)], target, because };
  }
  // A small answer to ANY serves as well as a large one, except to who wants to flood somebody (RFC 8482, section 4.1).
  const rrset = qtype === TYPE.ANY ? smallest(node) : node.rrsets.get(qtype);
  if (rrset !== undefined) {
    const because = `${how}${formatName(qname)} has ${formatType(rrset.type)} data in the zone ${formatName(zone.origin)}`;
    return ended({
      ...NOTHING,
      kind: 'answer',
      answer: [ownedBy(rrset, qname)],
      additional: addressesFor(zone, rrset),
      because,
    });
  }
  const why =
    node.rrsets.size === 0 ? 'owns nothing itself, but there are names below it' : `has no ${formatType(qtype)} data`;
  return ended({
    ...NOTHING,
    kind: 'no-data',
    authority: [negativeSoa(zone)],
    because: `${how}${formatName(qname)} ${why}`,
  });
}

function referral(zone: Zone, cut: Rrset): Outcome {
  const servers = cut.records.flatMap(({ rdata }) => (rdata.kind === 'NS' ? [rdata.target] : []));
  // Whatever addresses are here (RFC 1034, section 4.3.2, step 3b); those that nobody else could tell come first
  // (RFC 9471, sections 3.1 and 3.2), so that the others are left out where there is no room.
  const isInDomain = (server: Name) => isSubdomain(server, cut.owner);
  const glue = [...servers.filter(isInDomain), ...servers.filter((server) => !isInDomain(server))].flatMap((server) =>
    addressesOf(zone, server),
  );
  const because = `${formatName(cut.owner)} is delegated: its own servers know what is below`;
  return { kind: 'referral', answer: [], authority: [cut], additional: glue, because };
}

/** DNAME gives a CNAME from the name asked for to the same name in the other tree (RFC 6672, section 3.1). */
function substitute(dname: Rrset, qname: Name, qtype: number): Walk {
  const [record] = dname.records;
  const to = record!.rdata.kind === 'DNAME' ? record!.rdata.target : [];
  const target = renamed(qname, dname.owner, to);
  const because = `all below ${formatName(dname.owner)} is found below ${formatName(to)}`;
  if (target === undefined) return { step: 'alias', links: [dname], target, because };
  const cname: ResourceRecord = {
    ...{ owner: qname, type: TYPE.CNAME, class: CLASS.IN, ttl: record!.ttl },
    rdata: { kind: 'CNAME', target },
  };
  const links = [dname, { owner: qname, type: TYPE.CNAME, records: [cname] }];
  // Who asks for the CNAME itself has it.
  if (qtype === TYPE.CNAME || qtype === TYPE.ANY) return ended({ ...NOTHING, kind: 'answer', answer: links, because });
  return { step: 'alias', links, target, because };
}

/** The SOA record of a negative answer; its TTL says how long the answer may be kept (RFC 2308, section 3). */
function negativeSoa(zone: Zone): Rrset {
  const soa = rrsetAt(zone, zone.origin, TYPE.SOA)!;
  return { ...soa, records: soa.records.map((record) => ({ ...record, ttl: Math.min(record.ttl, zone.soa.minimum) })) };
}

/** The addresses of the hosts that an answer names: the asker will want them next (RFC 1035, section 3.3.9 for MX). */
function addressesFor(zone: Zone, rrset: Rrset): Rrset[] {
  const hosts = rrset.records.flatMap(({ rdata }) => {
    if (rdata.kind === 'MX') return [rdata.exchange];
    return rdata.kind === 'NS' || rdata.kind === 'SRV' ? [rdata.target] : [];
  });
  return hosts.flatMap((host) => addressesOf(zone, host));
}

function addressesOf(zone: Zone, host: Name): Rrset[] {
  return [TYPE.A, TYPE.AAAA].flatMap((type) => rrsetAt(zone, host, type) ?? []);
}

function smallest(node: Node): Rrset | undefined {
  return [...node.rrsets.values()].sort((one, other) => one.records.length - other.records.length)[0];
}

/** What a wildcard owns is given out as the data of the name asked for (RFC 4592, section 3.3.3); case as it was asked. */
function ownedBy(rrset: Rrset, qname: Name): Rrset {
  return { ...rrset, records: rrset.records.map((record) => ({ ...record, owner: qname })) };
}

function ended(outcome: Outcome): Walk {
  return { step: 'end', outcome };
}
