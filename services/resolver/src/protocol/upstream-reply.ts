/**
 * What a reply of a server means to a resolver: RFC 1034, section 5.3.3, step 4. A server is believed in what belongs to
 * the zone that it was asked as a server of, its bailiwick, and in nothing else (RFC 5452, section 6); and only where it
 * says that it is authoritative.
 */
import type { Message, ResourceRecord } from '#shared/dns/message.ts';
import { isSameName, isSubdomain, type Name } from '#shared/dns/name.ts';
import { formatHostname, formatName } from '#shared/dns/name-text.ts';
import { CLASS, formatRcode, formatType, RCODE, TYPE } from '#shared/dns/registry.ts';
import { type Redirection, redirectionIn } from './redirection.ts';

/** Records of one RRset and of one section that are looked at; more is an attack on our time. */
export const RRSET_RECORDS_MAX = 100;
const SECTION_RECORDS_MAX = 400;

/** What was asked, and as a server of which zone. */
export interface AskedUpstream {
  readonly zone: Name;
  readonly qname: Name;
  readonly qtype: number;
}

/** The response codes of replies that may be of use; YXDOMAIN is so with a DNAME record (RFC 6672, section 3.1). */
const LEGIBLE: ReadonlySet<number> = new Set([RCODE.NOERROR, RCODE.NXDOMAIN, RCODE.YXDOMAIN]);

export type UpstreamReply = { readonly because: string } & (
  | {
      readonly kind: 'answer';
      readonly rrset: readonly ResourceRecord[];
      readonly additional: readonly ResourceRecord[];
      /** The servers of the zone, as it names them itself. */
      readonly ns: readonly ResourceRecord[];
    }
  | {
      readonly kind: 'alias';
      /** The CNAME record, after the DNAME record that it follows from, if it does. */
      readonly rrset: readonly ResourceRecord[];
      readonly target: Name;
      readonly additional: readonly ResourceRecord[];
      readonly ns: readonly ResourceRecord[];
    }
  | {
      readonly kind: 'referral';
      readonly zone: Name;
      readonly ns: readonly ResourceRecord[];
      readonly glue: readonly ResourceRecord[];
    }
  | {
      readonly kind: 'no-data' | 'name-error';
      readonly soa: ResourceRecord | undefined;
      /** Aliases that led to the name, where the whole answer of a server is taken (see whole-answer.ts). */
      readonly aliases?: readonly ResourceRecord[];
    }
  /** By a DNAME record the name would grow longer than names may be. */
  | { readonly kind: 'name-too-long'; readonly rrset: readonly ResourceRecord[] }
  /** The server is of no use for this question: ask the next. */
  | { readonly kind: 'lame' }
);

export function readReply(reply: Message, asked: AskedUpstream): UpstreamReply {
  const speaker = asked.zone.length === 0 ? 'the root' : formatHostname(asked.zone);
  const lame = (because: string): UpstreamReply => ({ kind: 'lame', because: `a server of ${speaker} ${because}` });
  if (!LEGIBLE.has(reply.rcode)) return lame(`answers ${formatRcode(reply.rcode)}`);

  const answer = inBailiwick(reply.answer, asked.zone);
  const authority = inBailiwick(reply.authority, asked.zone);
  const additional = inBailiwick(reply.additional, asked.zone);
  const own = answer.filter(({ owner }) => isSameName(owner, asked.qname));
  const ns = authority.filter(({ type, owner }) => type === TYPE.NS && isSameName(owner, asked.zone));
  const beside = { additional, ns: ns.slice(0, RRSET_RECORDS_MAX) };
  const redirection = redirectionIn(answer, asked.qname);
  const found =
    redirection === null
      ? readAnswer(own, beside, asked, speaker)
      : readRedirection(redirection, beside, asked, speaker);
  if (found === null && reply.rcode === RCODE.YXDOMAIN) return lame('answers YXDOMAIN without a DNAME record');
  if (found !== null) return reply.aa ? found : lame('answers without being authoritative');
  return (
    readReferral(authority, additional, asked, speaker) ??
    readNegative(reply, authority, asked, speaker) ??
    lame('does not know the zone')
  );
}

/** What belongs to an answer besides it. */
interface Beside {
  readonly additional: readonly ResourceRecord[];
  readonly ns: readonly ResourceRecord[];
}

/** The records that the servers of `zone` may speak about. */
function inBailiwick(records: readonly ResourceRecord[], zone: Name): ResourceRecord[] {
  const counted = records.slice(0, SECTION_RECORDS_MAX);
  return counted.filter((record) => record.class === CLASS.IN && isSubdomain(record.owner, zone));
}

function readAnswer(
  own: readonly ResourceRecord[],
  beside: Beside,
  { qname, qtype }: AskedUpstream,
  speaker: string,
): UpstreamReply | null {
  const name = formatHostname(qname);
  const rrset = own.filter(({ type }) => type === qtype || qtype === TYPE.ANY).slice(0, RRSET_RECORDS_MAX);
  // The letters of the question were mixed at random; the answer gets back those of the one who asked.
  const restored = rrset.map((record) => ({ ...record, owner: qname }));
  if (rrset.length > 0) {
    return {
      kind: 'answer',
      rrset: restored,
      ...beside,
      because: `${speaker} answers: ${name} has ${formatType(rrset[0]!.type)}`,
    };
  }
  const cname = own.find(({ type }) => type === TYPE.CNAME);
  if (cname?.rdata.kind !== 'CNAME') return null;
  const { target } = cname.rdata;
  const because = `${speaker} answers: ${name} is an alias of ${formatHostname(target)}`;
  return { kind: 'alias', rrset: [{ ...cname, owner: qname }], target, ...beside, because };
}

/** A DNAME record: who asks for the CNAME record that follows from it has the answer; the others go on with its target. */
function readRedirection(
  { links, target }: Redirection,
  beside: Beside,
  { qname, qtype }: AskedUpstream,
  speaker: string,
): UpstreamReply {
  const all = `all below ${formatHostname(links[0]!.owner)} has other names`;
  if (target === undefined) {
    const because = `${speaker} answers: ${all}, and ${formatHostname(qname)} would grow too long`;
    return { kind: 'name-too-long', rrset: links, because };
  }
  const because = `${speaker} answers: ${all}, and ${formatHostname(qname)} is an alias of ${formatHostname(target)}`;
  if (qtype === TYPE.CNAME || qtype === TYPE.ANY) return { kind: 'answer', rrset: links, ...beside, because };
  return { kind: 'alias', rrset: links, target, ...beside, because };
}

/** NS records of a zone between the one that was asked and the name: closer to the answer than we were. */
function readReferral(
  authority: readonly ResourceRecord[],
  additional: readonly ResourceRecord[],
  { zone, qname }: AskedUpstream,
  speaker: string,
): UpstreamReply | null {
  const first = authority.find(
    ({ type, owner }) => type === TYPE.NS && owner.length > zone.length && isSubdomain(qname, owner),
  );
  if (first === undefined) return null;
  const ns = authority
    .filter(({ type, owner }) => type === TYPE.NS && isSameName(owner, first.owner))
    .slice(0, RRSET_RECORDS_MAX);
  const servers = ns.flatMap(({ rdata }) => (rdata.kind === 'NS' ? [rdata.target] : []));
  const glue = additional.filter(
    ({ type, owner }) => type === TYPE.A && servers.some((server) => isSameName(server, owner)),
  );
  const because = `${speaker} says: ${formatHostname(first.owner)} is served by ${servers.map(formatHostname).join(' and ')}`;
  return { kind: 'referral', zone: first.owner, ns, glue, because };
}

function readNegative(
  reply: Message,
  authority: readonly ResourceRecord[],
  { qname, qtype }: AskedUpstream,
  speaker: string,
): UpstreamReply | null {
  if (!reply.aa) return null;
  const soa = authority.find(({ type, owner }) => type === TYPE.SOA && isSubdomain(qname, owner));
  if (reply.rcode === RCODE.NXDOMAIN) {
    return { kind: 'name-error', soa, because: `${speaker} answers: ${formatName(qname)} does not exist` };
  }
  return { kind: 'no-data', soa, because: `${speaker} answers: ${formatName(qname)} has no ${formatType(qtype)}` };
}
