/** What the local DNS server answers to its clients: whom it serves, and how a resolution becomes a response. */
import { type Abilities, formatError, type Refusal, refusalOf } from '#shared/dns/check-query.ts';
import { EXTENDED_ERROR, type ExtendedError, extendedErrorOption } from '#shared/dns/extended-error.ts';
import { type Message, type ResourceRecord, responseTo } from '#shared/dns/message.ts';
import { isSameName, nameKey } from '#shared/dns/name.ts';
import { OPCODE, RCODE, TYPE } from '#shared/dns/registry.ts';
import type { Cache } from './cache.ts';
import type { Resolution } from './resolution.ts';

const ABILITIES: Abilities = { opcodes: [OPCODE.QUERY], metaTypes: [] };

/** Null where the query is to be resolved, otherwise why not. */
export function refusalOfClient(query: Message, fault: string | null, isClientOfLab: boolean): Refusal | null {
  if (!isClientOfLab) {
    const because = 'only hosts of the lab are served: an open resolver is a weapon (RFC 5358)';
    return refuse(query, EXTENDED_ERROR.PROHIBITED, because, false);
  }
  const refusal = fault === null ? refusalOf(query, ABILITIES) : formatError(query, fault);
  return refusal === null ? null : { ...refusal, response: { ...refusal.response, ra: true } };
}

/** For a query that does not desire recursion, about something that is not in the cache (RFC 8914, section 4.21). */
export function refusalToRecurse(query: Message): Refusal {
  const because = 'it is not in the cache, and the query does not desire recursion (RD is 0)';
  return refuse(query, EXTENDED_ERROR.NOT_AUTHORITATIVE, because, true);
}

/** The response to `query` that says what was found; `turn` counts responses and rotates sets of records (RFC 1794). */
export function responseOf(query: Message, resolution: Resolution, turn: number, cache: Cache, now: number): Message {
  const { qname } = query.question[0]!;
  // Whoever asked first may have written the name with other letters: each gets the name back as it wrote it.
  const asAsked = resolution.answer.map((record) =>
    isSameName(record.owner, qname) ? { ...record, owner: qname } : record,
  );
  const answer = rotated(asAsked, turn);
  return withErrors(
    responseTo(query, {
      ...{ ra: true, rcode: resolution.rcode, answer, authority: resolution.authority },
      additional: resolution.rcode === RCODE.NOERROR ? addressesFor(answer, cache, now) : [],
    }),
    resolution.errors,
  );
}

function refuse(query: Message, infoCode: number, because: string, ra: boolean): Refusal {
  const response = responseTo(query, { rcode: RCODE.REFUSED, ra });
  return { response: withErrors(response, [{ infoCode, extraText: because }]), because };
}

/** Who understands EDNS is told what went wrong (RFC 8914, section 3). */
function withErrors(response: Message, errors: readonly ExtendedError[]): Message {
  if (response.edns === null || errors.length === 0) return response;
  return { ...response, edns: { ...response.edns, options: errors.map(extendedErrorOption) } };
}

function rotated(records: readonly ResourceRecord[], turn: number): readonly ResourceRecord[] {
  if (records.length < 2) return records;
  const rrsets = Map.groupBy(records, ({ owner, type }) => `${type}/${nameKey(owner)}`);
  return [...rrsets.values()].flatMap((rrset) => {
    const first = turn % rrset.length;
    return [...rrset.slice(first), ...rrset.slice(0, first)];
  });
}

/** What is known of the addresses of mail and other servers in an answer: helpful, and free (RFC 1035, section 3.3.9). */
function addressesFor(answer: readonly ResourceRecord[], cache: Cache, now: number): ResourceRecord[] {
  const hosts = answer.flatMap(({ rdata }) => {
    if (rdata.kind === 'MX') return [rdata.exchange];
    return rdata.kind === 'SRV' || rdata.kind === 'NS' ? [rdata.target] : [];
  });
  if (hosts.length === 0) return [];
  const distinct = new Map(hosts.map((host) => [nameKey(host), host]));
  return [...distinct.values()].flatMap((host) =>
    [TYPE.A, TYPE.AAAA].flatMap((type) => cache.records(host, type, now)),
  );
}
