/** The update section of an update: looked through as a whole first, and then done record by record (RFC 2136, section 3.4). */
import type { ResourceRecord } from '#shared/dns/message.ts';
import { isSameName, isSubdomain, type Name } from '#shared/dns/name.ts';
import { formatName } from '#shared/dns/name-text.ts';
import { CLASS, formatType, isMetaType, RCODE, TYPE } from '#shared/dns/registry.ts';
import { isNewerSerial } from '#shared/dns/serial.ts';
import type { Rights } from './update-policy.ts';
import { isEmpty, outOfZone, type UpdateFault } from './update-prerequisites.ts';
import type { ZoneDraft } from './zone-draft.ts';

/** Records of one RRset that an update may make: more fit no message, and no name needs them. */
const RRSET_RECORDS_MAX = 1_000;
/** Types that may stand beside a CNAME (RFC 4034, section 2.5). */
const BESIDE_CNAME: readonly number[] = [TYPE.CNAME, TYPE.RRSIG, TYPE.NSEC];
/** Types of which a name may own one record only: a second takes the place of the first. */
const SINGLETONS: readonly number[] = [TYPE.CNAME, TYPE.SOA, TYPE.DNAME];

/** Null where all may be done, otherwise the first record that may not: its form, its place, or the rights of the key. */
export function updateFault(origin: Name, updates: readonly ResourceRecord[], rights: Rights): UpdateFault | null {
  for (const record of updates) {
    const fault = formFault(origin, record);
    if (fault !== null) return fault;
  }
  const forbidden = updates.find(({ owner, type }) => !rights.mayChange(owner, type));
  if (forbidden === undefined) return null;
  const what = forbidden.type === TYPE.ANY ? 'all data' : `${formatType(forbidden.type)} data`;
  return { rcode: RCODE.REFUSED, because: `the key may not change ${what} of ${formatName(forbidden.owner)}` };
}

/** RFC 2136, section 3.4.1.2. */
function formFault(origin: Name, record: ResourceRecord): UpdateFault | null {
  const { owner, type, class: klass, ttl } = record;
  const formError = (because: string): UpdateFault => ({
    rcode: RCODE.FORMERR,
    because: `the update of ${formatName(owner)} ${because}`,
  });
  if (!isSubdomain(owner, origin)) return outOfZone(owner, origin);
  switch (klass) {
    case CLASS.IN:
      return isMetaType(type) ? formError(`adds ${formatType(type)}, which is no data`) : null;
    case CLASS.ANY:
      if (ttl !== 0) return formError('deletes an RRset and has a TTL, which must be 0');
      if (!isEmpty(record)) return formError('deletes an RRset and has data, where it must have none');
      return isMetaType(type) && type !== TYPE.ANY ? formError(`deletes ${formatType(type)}, which is no data`) : null;
    case CLASS.NONE:
      if (ttl !== 0) return formError('deletes a record and has a TTL, which must be 0');
      return isMetaType(type) ? formError(`deletes ${formatType(type)}, which is no data`) : null;
    default:
      return formError('is of no known class');
  }
}

/** Does what the records say (RFC 2136, section 3.4.2.7). A fault is found too late to go on: the draft is thrown away. */
export function applyUpdates(draft: ZoneDraft, updates: readonly ResourceRecord[]): UpdateFault | null {
  for (const record of updates) {
    if (record.class === CLASS.ANY) deleteRrsets(draft, record);
    else if (record.class === CLASS.NONE) deleteRecord(draft, record);
    else {
      add(draft, record);
      if (draft.recordsAt(record.owner, record.type).length > RRSET_RECORDS_MAX) {
        const because = `${formatName(record.owner)} would have more than ${RRSET_RECORDS_MAX} ${formatType(record.type)} records`;
        return { rcode: RCODE.REFUSED, because };
      }
    }
  }
  return null;
}

/** RFC 2136, section 3.4.2.2. What contradicts the data that is there is passed over without an error. */
function add(draft: ZoneDraft, record: ResourceRecord): void {
  const { owner, type, rdata } = record;
  const types = draft.typesAt(owner);
  if (type === TYPE.CNAME && types.some((other) => !BESIDE_CNAME.includes(other))) return;
  if (types.includes(TYPE.CNAME) && !BESIDE_CNAME.includes(type)) return;
  if (rdata.kind === 'SOA') {
    const { origin } = draft.zone;
    if (!isSameName(owner, origin)) return;
    const present = draft.recordsAt(origin, TYPE.SOA)[0]!.rdata;
    if (present.kind === 'SOA' && isNewerSerial(present.serial, rdata.serial)) return;
  }
  if (SINGLETONS.includes(type)) draft.deleteRrset(owner, type);
  draft.add(record);
}

/** RFC 2136, section 3.4.2.3: an RRset or all of a name's; the apex keeps its SOA and NS records. */
function deleteRrsets(draft: ZoneDraft, { owner, type }: ResourceRecord): void {
  const isApex = isSameName(owner, draft.zone.origin);
  const types = type === TYPE.ANY ? draft.typesAt(owner) : [type];
  for (const one of types) {
    if (isApex && (one === TYPE.SOA || one === TYPE.NS)) continue;
    draft.deleteRrset(owner, one);
  }
}

/** RFC 2136, section 3.4.2.4: one record; never the SOA, nor the last NS of the apex. */
function deleteRecord(draft: ZoneDraft, record: ResourceRecord): void {
  const { owner, type } = record;
  if (type === TYPE.SOA) return;
  const isApexNs = type === TYPE.NS && isSameName(owner, draft.zone.origin);
  if (isApexNs && draft.recordsAt(owner, type).length === 1) return;
  draft.delete(record);
}
