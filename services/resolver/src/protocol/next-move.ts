/**
 * Step 3 of RFC 1034, section 5.3.3, as a decision: which server of the zone is asked next, or whose address is looked
 * for, or how long to wait before all are asked again, or that there is nothing more to be done.
 */
import type { Name } from '#shared/dns/name.ts';
import { isSpent } from './budget.ts';
import { DEPTH_MAX, type Job, PAUSE_MS, PAUSES_MAX, type Round, SOUGHT_MAX } from './job.ts';
import type { Choice, Servers } from './servers.ts';

export type Move =
  | { readonly kind: 'ask'; readonly choice: Choice; readonly name: Name }
  | { readonly kind: 'find'; readonly server: Name }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'give-up' };

export function nextMove(job: Job, round: Round, servers: Servers, now: number): Move {
  const { delegation, tried } = round;
  const known = delegation.servers.flatMap(({ addresses }) => addresses).filter((address) => !tried.has(address));
  const choice = servers.choose([...new Set(known)], delegation.zone, now);
  if (choice !== undefined) {
    const name = delegation.servers.find(({ addresses }) => addresses.includes(choice.address))!.name;
    return { kind: 'ask', choice, name };
  }
  const bare = delegation.servers.find(({ addresses }) => addresses.length === 0);
  if (bare !== undefined && round.sought < SOUGHT_MAX && job.depth < DEPTH_MAX && !isSpent(round.findBudget)) {
    return { kind: 'find', server: bare.name };
  }
  if (round.isAnySilent && round.pauses < PAUSES_MAX) return { kind: 'pause', ms: PAUSE_MS * 2 ** round.pauses };
  return { kind: 'give-up' };
}
