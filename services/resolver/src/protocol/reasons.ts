/** What a search decides, in words. */
import type { Name } from '#shared/dns/name.ts';
import { formatHostname } from '#shared/dns/name-text.ts';
import type { Approach } from './approach.ts';
import type { Start } from './delegation.ts';
import type { AskedServer, Silence, Step } from './explanation.ts';
import type { Flight } from './flights.ts';
import type { UpstreamReply } from './upstream-reply.ts';

/** Why a search starts at this zone. */
export function startReason({ delegation: { zone }, source }: Start, name: Name, { mode }: Approach): string {
  if (source === 'mode') return `in the mode ${mode} every question goes here`;
  const which =
    zone.length === 0 ? 'nothing is known but the root' : `${formatHostname(zone)} is the nearest zone known`;
  return `${which} above ${formatHostname(name)}`;
}

/** What a reply meant. */
export function replyStep({ query, server }: Flight, reply: UpstreamReply, elapsedMs: number): Step {
  const { kind, because } = reply;
  const step = { kind: 'reply', query, server, meaning: kind, elapsedMs, because } as const;
  if (reply.kind === 'referral') return { ...step, zone: reply.zone, records: reply.ns, glue: reply.glue };
  const soa = reply.kind === 'no-data' || reply.kind === 'name-error' ? reply.soa : undefined;
  const records = 'rrset' in reply ? reply.rrset : soa === undefined ? [] : [soa];
  return { ...step, zone: null, records, glue: [] };
}

export function silenceReason({ name, address }: AskedServer, failure: Silence): string {
  const who = `${formatHostname(name)} (${address})`;
  switch (failure) {
    case 'silent':
      return `${who} does not answer in time`;
    case 'unreachable':
      return `the network says that ${who} cannot be reached`;
    case 'mismatched':
      return `replies came in the name of ${who}, but to other queries: somebody is guessing`;
    case 'useless':
      return `what ${who} answers cannot be read`;
  }
}

export function zoneName(zone: Name): string {
  return zone.length === 0 ? 'the root' : formatHostname(zone);
}
