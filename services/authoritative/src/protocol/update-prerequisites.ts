/** Whether the prerequisites of an update are fulfilled (RFC 2136, section 3.2): nothing is changed where one is not. */
import type { ResourceRecord } from '#shared/dns/message.ts';
import { isSubdomain, type Name, nameKey } from '#shared/dns/name.ts';
import { formatName } from '#shared/dns/name-text.ts';
import { rdataKey } from '#shared/dns/rdata-key.ts';
import { CLASS, formatType, RCODE, TYPE } from '#shared/dns/registry.ts';
import type { ZoneDraft } from './zone-draft.ts';

/** Why an update is refused. */
export interface UpdateFault {
  readonly rcode: number;
  readonly because: string;
}

/** Null where all are fulfilled, otherwise the first that is not. */
export function prerequisiteFault(zone: ZoneDraft, prerequisites: readonly ResourceRecord[]): UpdateFault | null {
  const wanted = new Map<string, ResourceRecord[]>();
  for (const record of prerequisites) {
    const fault = formFault(zone.zone.origin, record) ?? presenceFault(zone, record);
    if (fault !== null) return fault;
    if (record.class !== CLASS.IN) continue;
    const key = `${record.type} ${nameKey(record.owner)}`;
    const others = wanted.get(key);
    if (others === undefined) wanted.set(key, [record]);
    else others.push(record);
  }
  for (const records of wanted.values()) {
    const { owner, type } = records[0]!;
    // RFC 2136, section 3.2.3: the same records, no more and no fewer; TTLs do not count.
    const [there, asked] = [keysOf(zone.recordsAt(owner, type)), keysOf(records)];
    if (there.size === asked.size && [...asked].every((key) => there.has(key))) continue;
    return {
      rcode: RCODE.NXRRSET,
      because: `${formatName(owner)} has other ${formatType(type)} data than is required`,
    };
  }
  return null;
}

/** RFC 2136, section 3.2.5: what is wrong whatever the zone holds. */
function formFault(origin: Name, record: ResourceRecord): UpdateFault | null {
  const name = formatName(record.owner);
  const formError = (because: string): UpdateFault => ({ rcode: RCODE.FORMERR, because: `a prerequisite ${because}` });
  if (record.ttl !== 0) return formError(`about ${name} has a TTL, and it must be 0`);
  if (!isSubdomain(record.owner, origin)) return outOfZone(record.owner, origin);
  if (record.class === CLASS.IN) return null;
  if (record.class !== CLASS.ANY && record.class !== CLASS.NONE) return formError(`about ${name} is of no known class`);
  return isEmpty(record) ? null : formError(`about ${name} has data where it must have none`);
}

function presenceFault(zone: ZoneDraft, { owner, type, class: klass }: ResourceRecord): UpdateFault | null {
  const name = formatName(owner);
  const isOfName = type === TYPE.ANY;
  const isThere = isOfName ? zone.typesAt(owner).length > 0 : zone.recordsAt(owner, type).length > 0;
  if (klass === CLASS.ANY && !isThere) {
    if (isOfName) return { rcode: RCODE.NXDOMAIN, because: `${name} is required to be in use, and owns nothing` };
    return { rcode: RCODE.NXRRSET, because: `${name} is required to have ${formatType(type)} data, and has none` };
  }
  if (klass === CLASS.NONE && isThere) {
    if (isOfName) return { rcode: RCODE.YXDOMAIN, because: `${name} is required to be free, and is in use` };
    return { rcode: RCODE.YXRRSET, because: `${name} is required to have no ${formatType(type)} data, and has some` };
  }
  return null;
}

export function outOfZone(owner: Name, origin: Name): UpdateFault {
  return { rcode: RCODE.NOTZONE, because: `${formatName(owner)} is outside of the zone ${formatName(origin)}` };
}

/** Whether a record has no RDATA at all. */
export function isEmpty({ rdata }: ResourceRecord): boolean {
  return rdata.kind === 'octets' && rdata.octets.length === 0;
}

function keysOf(records: readonly ResourceRecord[]): Set<string> {
  return new Set(records.map(({ type, rdata }) => rdataKey(type, CLASS.IN, rdata)));
}
