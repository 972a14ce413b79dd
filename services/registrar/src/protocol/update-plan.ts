/**
 * What is to be done in the zone of a top-level domain, from what stands there, what is wanted, and what our own updates may
 * have put there. Nobody else's delegation is ever touched, and an update whose answer was lost is recognised by what it did.
 */
import { type Delegation, hasSameServers, isSameDelegation } from './delegation.ts';

/** What the primary of the zone says of a name. */
export type InZone =
  | { readonly kind: 'absent' }
  | { readonly kind: 'delegated'; readonly delegation: Delegation }
  /** Records without a delegation: a name that the registry has for itself, such as nic.com. */
  | { readonly kind: 'reserved' };

export type Plan =
  | { readonly kind: 'nothing'; readonly because: string }
  /** The delegation that stands there is replaced, in one message. */
  | { readonly kind: 'update'; readonly seen: Delegation | null; readonly because: string }
  | { readonly kind: 'conflict'; readonly because: string };

/** `wanted` is null where the name is given up. */
export function planUpdate(inZone: InZone, wanted: Delegation | null, ours: readonly Delegation[]): Plan {
  switch (inZone.kind) {
    case 'reserved':
      return { kind: 'conflict', because: 'the registry has the name for itself' };
    case 'absent':
      return wanted === null
        ? { kind: 'nothing', because: 'the zone does not have the name' }
        : { kind: 'update', seen: null, because: 'the zone does not have the name yet' };
    case 'delegated':
      return planOver(inZone.delegation, wanted, ours);
  }
}

function planOver(seen: Delegation, wanted: Delegation | null, ours: readonly Delegation[]): Plan {
  if (!ours.some((each) => hasSameServers(each, seen))) {
    return { kind: 'conflict', because: `the zone delegates the name to ${seen.nameServers.join(', ')} already` };
  }
  if (isSameDelegation(seen, wanted)) return { kind: 'nothing', because: 'the zone has these servers already' };
  const because = wanted === null ? 'the name is given up' : 'the zone has the servers of before';
  return { kind: 'update', seen, because };
}
