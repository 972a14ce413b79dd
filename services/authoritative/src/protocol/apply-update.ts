/**
 * What an update makes of a zone (RFC 2136, section 3): all of it, or nothing. The steps have the order of the RFC, but that
 * who may change nothing in the zone is refused before its prerequisites are looked at: they would tell it what is there.
 */
import type { ResourceRecord } from '#shared/dns/message.ts';
import { formatName } from '#shared/dns/name-text.ts';
import { rdataKey } from '#shared/dns/rdata-key.ts';
import { CLASS, TYPE } from '#shared/dns/registry.ts';
import { isNewerSerial, nextSerial } from '#shared/dns/serial.ts';
import type { Update } from '#shared/dns/update.ts';
import { commit, type Difference } from './difference.ts';
import type { Rights } from './update-policy.ts';
import { prerequisiteFault, type UpdateFault } from './update-prerequisites.ts';
import { applyUpdates, updateFault } from './update-section.ts';
import type { Zone } from './zone.ts';
import { ZoneDraft } from './zone-draft.ts';

export type UpdateOutcome =
  | ({ readonly kind: 'refused' } & UpdateFault)
  /** Nothing is different: the serial stays. */
  | { readonly kind: 'unchanged'; readonly because: string }
  | { readonly kind: 'changed'; readonly zone: Zone; readonly difference: Difference; readonly because: string };

export function applyUpdate(zone: Zone, { prerequisites, updates }: Update, rights: Rights): UpdateOutcome {
  const draft = new ZoneDraft(zone);
  const fault =
    prerequisiteFault(draft, prerequisites) ??
    updateFault(zone.origin, updates, rights) ??
    applyUpdates(draft, updates);
  if (fault !== null) return { kind: 'refused', ...fault };
  const { deleted, added } = draft.difference();
  const [before, asked] = [soaAt(new ZoneDraft(zone)), soaAt(draft)];
  const isSoaChanged = before.ttl !== asked.ttl || !isSameSoa(before, asked);
  if (deleted.length === 0 && added.length === 0 && !isSoaChanged) {
    return { kind: 'unchanged', because: `nothing in ${formatName(zone.origin)} is different afterwards` };
  }
  const after = withRisenSerial(asked, zone.soa.serial);
  draft.deleteRrset(zone.origin, TYPE.SOA);
  draft.add(after);
  const to = serialOf(after);
  return {
    kind: 'changed',
    zone: commit(zone, draft.changes()),
    difference: { from: zone.soa.serial, to, deleted: [before, ...deleted], added: [after, ...added] },
    because: `${counted(deleted.length, 'record')} of ${formatName(zone.origin)} deleted, ${added.length} added: the serial rises from ${zone.soa.serial} to ${to}`,
  };
}

/** RFC 2136, section 3.6: a change that does not raise the serial has it raised by the server. */
function withRisenSerial(soa: ResourceRecord, before: number): ResourceRecord {
  if (soa.rdata.kind !== 'SOA' || isNewerSerial(soa.rdata.serial, before)) return soa;
  return { ...soa, class: CLASS.IN, rdata: { ...soa.rdata, serial: nextSerial(before) } };
}

function soaAt(draft: ZoneDraft): ResourceRecord {
  return draft.recordsAt(draft.zone.origin, TYPE.SOA)[0]!;
}

function isSameSoa(one: ResourceRecord, other: ResourceRecord): boolean {
  return rdataKey(TYPE.SOA, CLASS.IN, one.rdata) === rdataKey(TYPE.SOA, CLASS.IN, other.rdata);
}

function serialOf({ rdata }: ResourceRecord): number {
  return rdata.kind === 'SOA' ? rdata.serial : 0;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
