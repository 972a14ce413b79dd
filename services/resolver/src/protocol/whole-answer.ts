/**
 * The answer of a server that is believed in everything: one that recurses for us, or that knows all names there are (see
 * approach.ts). Aliases and what they lead to are taken together, as they come.
 */
import type { Message, ResourceRecord } from '#shared/dns/message.ts';
import { isSameName, type Name } from '#shared/dns/name.ts';
import { formatHostname } from '#shared/dns/name-text.ts';
import { CLASS, formatRcode, formatType, RCODE, TYPE } from '#shared/dns/registry.ts';
import { redirect, redirectionIn } from './redirection.ts';
import { type AskedUpstream, RRSET_RECORDS_MAX, type UpstreamReply } from './upstream-reply.ts';

export function readWholeAnswer(reply: Message, { qname, qtype }: AskedUpstream): UpstreamReply {
  const lame = (because: string): UpstreamReply => ({ kind: 'lame', because: `the server ${because}` });
  const isTooLong = reply.rcode === RCODE.YXDOMAIN && reply.answer.some(({ type }) => type === TYPE.DNAME);
  if (reply.rcode !== RCODE.NOERROR && reply.rcode !== RCODE.NXDOMAIN && !isTooLong)
    return lame(`answers ${formatRcode(reply.rcode)}`);
  const counted = reply.answer.filter((record) => record.class === CLASS.IN).slice(0, RRSET_RECORDS_MAX);
  const records = inLettersOf(qname, counted);
  const soa = reply.authority.find(({ type }) => type === TYPE.SOA);
  const name = formatHostname(qname);
  if (isTooLong) {
    const because = `the server answers: ${name} would grow too long by a DNAME record`;
    return { kind: 'name-too-long', rrset: records, because };
  }
  const isNegative = reply.rcode === RCODE.NXDOMAIN || (soa !== undefined && endsInAlias(records, qtype));
  if (isNegative) {
    const aliases = records.filter(({ type }) => isAlias(type));
    const kind = reply.rcode === RCODE.NXDOMAIN ? 'name-error' : 'no-data';
    const what = kind === 'name-error' ? 'does not exist' : `has no ${formatType(qtype)}`;
    return { kind, soa, aliases, because: `the server answers: ${name} ${what}` };
  }
  if (records.length === 0) return lame(`does not know ${name}`);
  const because = `the server answers: ${name} has ${formatType(qtype)}`;
  return { kind: 'answer', rrset: records, additional: reply.additional, ns: [], because };
}

/** Whether there is nothing of the type asked for: no record at all, or aliases alone. */
function endsInAlias(records: readonly { readonly type: number }[], qtype: number): boolean {
  return records.every(({ type }) => isAlias(type) && qtype !== type);
}

function isAlias(type: number): boolean {
  return type === TYPE.CNAME || type === TYPE.DNAME;
}

/**
 * The letters of the question were mixed at random: `records`, in the order of the aliases, with those of `qname`, and of the
 * names that follow from it by DNAME records.
 */
function inLettersOf(qname: Name, records: readonly ResourceRecord[]): ResourceRecord[] {
  const names = [qname];
  return records.map((record) => {
    if (record.type === TYPE.DNAME) {
      const redirected = names.find((name) => redirect(name, record) !== null);
      return redirected === undefined ? record : redirect(redirected, record)!.links[0]!;
    }
    const owner = names.find((name) => isSameName(name, record.owner));
    if (owner === undefined) return record;
    const redirection = record.type === TYPE.CNAME ? redirectionIn(records, owner) : null;
    if (redirection?.target === undefined) return { ...record, owner };
    names.push(redirection.target);
    return redirection.links.at(-1)!;
  });
}
