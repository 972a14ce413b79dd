import { parseMasterFile } from '#shared/dns/master-file.ts';
import type { Message, Question, ResourceRecord } from '#shared/dns/message.ts';
import { isSameName, isSubdomain, type Name, renamed, suffixOf } from '#shared/dns/name.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { RCODE, TYPE } from '#shared/dns/registry.ts';

export interface SimulatedZone {
  readonly origin: Name;
  readonly records: readonly ResourceRecord[];
}

export function parseZone(origin: string, lines: readonly string[]): SimulatedZone {
  const name = parseName(origin);
  const refuse = () => {
    throw new Error('a scenario is one file');
  };
  const placed = parseMasterFile({ text: ['$TTL 60', ...lines].join('\n'), file: origin }, name, refuse);
  return { origin: name, records: placed.map(({ record }) => record) };
}

/** What an authoritative server of `zones` replies: RFC 1034, section 4.3.2, in its simplest form. */
export function replyOf(zones: readonly SimulatedZone[], { qname, qtype }: Question): Partial<Message> {
  const own = zones
    .filter(({ origin }) => isSubdomain(qname, origin) && !(qtype === TYPE.DS && isSameName(qname, origin)))
    .toSorted((one, other) => other.origin.length - one.origin.length)[0];
  if (own === undefined) return { rcode: RCODE.REFUSED };
  const { origin, records } = own;
  const at = (name: Name) => records.filter(({ owner }) => isSameName(owner, name));
  for (let labels = origin.length + 1; labels <= qname.length; labels += 1) {
    const ns = at(suffixOf(qname, labels)).filter(({ type }) => type === TYPE.NS);
    if (ns.length > 0 && !(qtype === TYPE.DS && labels === qname.length)) return referral(ns, records);
    const [dname] = labels < qname.length ? at(suffixOf(qname, labels)).filter(({ type }) => type === TYPE.DNAME) : [];
    if (dname !== undefined) return redirected(dname, qname);
  }
  const node = at(qname);
  const found = node.filter(({ type }) => type === qtype || qtype === TYPE.ANY);
  const cname = node.filter(({ type }) => type === TYPE.CNAME);
  if (found.length > 0) return { aa: true, answer: found, additional: addressesOf(found, records) };
  if (cname.length > 0) return { aa: true, answer: cname };
  const authority = at(origin).filter(({ type }) => type === TYPE.SOA);
  const exists = records.some(({ owner }) => isSubdomain(owner, qname));
  return { aa: true, rcode: exists ? RCODE.NOERROR : RCODE.NXDOMAIN, authority };
}

function referral(ns: readonly ResourceRecord[], records: readonly ResourceRecord[]): Partial<Message> {
  return { authority: ns, additional: addressesOf(ns, records) };
}

/** RFC 6672, section 3.2, step 3c. */
function redirected(dname: ResourceRecord, qname: Name): Partial<Message> {
  const to = dname.rdata.kind === 'DNAME' ? dname.rdata.target : [];
  const target = renamed(qname, dname.owner, to);
  if (target === undefined) return { aa: true, rcode: RCODE.YXDOMAIN, answer: [dname] };
  const cname = { ...dname, owner: qname, type: TYPE.CNAME, rdata: { kind: 'CNAME', target } } as const;
  return { aa: true, answer: [dname, cname] };
}

function addressesOf(ns: readonly ResourceRecord[], records: readonly ResourceRecord[]): ResourceRecord[] {
  const names = ns.flatMap(({ rdata }) => (rdata.kind === 'NS' ? [rdata.target] : []));
  return records.filter(({ owner, type }) => type === TYPE.A && names.some((name) => isSameName(name, owner)));
}
