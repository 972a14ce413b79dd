/**
 * The answer of a server that is believed in everything: one that recurses for us, or that knows all names there are (see
 * approach.ts). Aliases and what they lead to are taken together, as they come.
 */
import type { Message } from '#shared/dns/message.ts';
import { isSameName } from '#shared/dns/name.ts';
import { formatHostname } from '#shared/dns/name-text.ts';
import { CLASS, formatRcode, formatType, RCODE, TYPE } from '#shared/dns/registry.ts';
import { type AskedUpstream, RRSET_RECORDS_MAX, type UpstreamReply } from './upstream-reply.ts';

export function readWholeAnswer(reply: Message, { qname, qtype }: AskedUpstream): UpstreamReply {
  const lame = (because: string): UpstreamReply => ({ kind: 'lame', because: `the server ${because}` });
  if (reply.rcode !== RCODE.NOERROR && reply.rcode !== RCODE.NXDOMAIN)
    return lame(`answers ${formatRcode(reply.rcode)}`);
  const records = reply.answer
    .filter((record) => record.class === CLASS.IN)
    .slice(0, RRSET_RECORDS_MAX)
    .map((record) => (isSameName(record.owner, qname) ? { ...record, owner: qname } : record));
  const soa = reply.authority.find(({ type }) => type === TYPE.SOA);
  const name = formatHostname(qname);
  const isNegative = reply.rcode === RCODE.NXDOMAIN || (soa !== undefined && endsInAlias(records, qtype));
  if (isNegative) {
    const aliases = records.filter(({ type }) => type === TYPE.CNAME);
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
  return records.every(({ type }) => type === TYPE.CNAME && qtype !== TYPE.CNAME);
}
