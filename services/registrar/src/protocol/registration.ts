/**
 * A registration and its states. The words are those of EPP (RFC 5731, section 2.3; RFC 8056 has RDAP's for them): while a
 * change waits for the zone of the top-level domain, the status says so. `active` is EPP's `ok`.
 *
 *                    pendingCreate   active          pendingUpdate   pendingDelete
 *     change         pendingCreate   pendingUpdate   pendingUpdate   (refused)
 *     giveUp         pendingDelete   pendingDelete   pendingDelete   pendingDelete
 *     try, failed    the same        (refused)       the same        the same
 *     entered        active          (refused)       active          pendingDelete
 *     removed        (refused)       (refused)       (refused)       gone
 *
 * A change of the registrant alone leaves an active registration active: the zone does not know him. What was entered
 * while the holder changed his mind is not what is wanted any more: then the status stays pendingUpdate.
 */
import type { Particulars } from './application.ts';
import { type Delegation, delegationOf, isSameDelegation } from './delegation.ts';

export type RegistrationStatus = 'pendingCreate' | 'active' | 'pendingUpdate' | 'pendingDelete';

/** Why the zone does not have it yet, as a code that the page has words for, and the detail for them. */
export interface Trouble {
  readonly code: 'silent' | 'conflict' | 'refused' | 'key';
  readonly detail: string;
}

/** What is still to be done in the zone. */
export interface Task {
  readonly tries: number;
  /** Lab time, in milliseconds since 1970. */
  readonly dueAt: number;
  readonly trouble: Trouble | null;
}

/** What an update has changed in the zone, as the zone's primary said it before and after. */
export interface ZoneChange {
  readonly at: number;
  readonly serialBefore: number;
  /** Null when the primary did not answer any more. */
  readonly serialAfter: number | null;
  readonly before: Delegation | null;
  readonly after: Delegation | null;
}

/** A registration, as the registrar keeps it. */
export interface Registration extends Particulars {
  readonly name: string;
  readonly status: RegistrationStatus;
  /** Lab time, in milliseconds since 1970. */
  readonly createdAt: number;
  readonly changedAt: number;
  /** Goes up by one with each change: a change of something else than the last revision is refused. */
  readonly revision: number;
  /** SHA-256 of the holder's secret, in hexadecimal. The secret itself is told once and kept nowhere. */
  readonly secretHash: string;
  /** What our updates may have put into the zone: one while that is certain, several where an answer was lost. */
  readonly ours: readonly Delegation[];
  /** Null exactly where the status is active. */
  readonly task: Task | null;
  readonly zoneChange: ZoneChange | null;
}

export type RegistrationInput =
  | { readonly kind: 'change'; readonly particulars: Particulars }
  | { readonly kind: 'giveUp' }
  /** An update is about to go that puts this into the zone (null: nothing). Kept before it goes. */
  | { readonly kind: 'try'; readonly puts: Delegation | null }
  /** `takesBack` is what the try would have put into the zone, where it is certain that it has not. */
  | { readonly kind: 'failed'; readonly trouble: Trouble; readonly takesBack: Delegation | null }
  | { readonly kind: 'entered'; readonly delegation: Delegation; readonly zoneChange: ZoneChange | null }
  | { readonly kind: 'removed' };

/** Pauses between tries: the first, and the longest, in milliseconds of lab time; each is twice the one before. */
const RETRY_MS_FIRST = 1_000;
const RETRY_MS_MAX = 60_000;

/** Delegations that lost answers leave in doubt: a holder who changes his mind so often meanwhile is not followed further. */
const OURS_MAX = 20;

/** The inputs that a status takes. */
const TAKEN: Readonly<Record<RegistrationStatus, readonly RegistrationInput['kind'][]>> = {
  pendingCreate: ['change', 'giveUp', 'try', 'failed', 'entered'],
  active: ['change', 'giveUp'],
  pendingUpdate: ['change', 'giveUp', 'try', 'failed', 'entered'],
  pendingDelete: ['giveUp', 'try', 'failed', 'entered', 'removed'],
};

export function takes({ status }: Registration, kind: RegistrationInput['kind']): boolean {
  return TAKEN[status].includes(kind);
}

/** What is to stand in the zone; null: nothing. */
export function wantedOf({ name, status, nameServers }: Registration): Delegation | null {
  return status === 'pendingDelete' ? null : delegationOf(name, nameServers);
}

/** A task that is due at `now`. */
export function dueTask(now: number): Task {
  return { tries: 0, dueAt: now, trouble: null };
}

/** How long to wait after the try number `tries`. */
function retryPauseMs(tries: number): number {
  return Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** Math.min(Math.max(0, tries - 1), 10));
}

/** The registration after `input`, in the revision that follows; null when it is gone. @throws RangeError for what `takes` denies */
export function step(registration: Registration, input: RegistrationInput, now: number): Registration | null {
  if (!takes(registration, input.kind)) {
    throw new RangeError(`A registration that is ${registration.status} takes no ${input.kind}`);
  }
  const next = { ...registration, revision: registration.revision + 1 };
  switch (input.kind) {
    case 'change':
      return afterChange(next, input.particulars, now);
    case 'giveUp':
      return { ...next, status: 'pendingDelete', changedAt: now, task: dueTask(now) };
    case 'try':
      return afterTry(next, input.puts, now);
    case 'failed': {
      const tries = (next.task?.tries ?? 0) + 1;
      const task = { tries, dueAt: now + retryPauseMs(tries), trouble: input.trouble };
      const ours = next.ours.filter((each) => !isSameDelegation(each, input.takesBack));
      return { ...next, ours, task };
    }
    case 'entered':
      return afterEntry(next, input.delegation, input.zoneChange, now);
    case 'removed':
      return null;
  }
}

function afterChange(next: Registration, particulars: Particulars, now: number): Registration {
  const changed = { ...next, ...particulars, changedAt: now };
  if (next.status === 'active' && isSameDelegation(wantedOf(next), wantedOf(changed))) return changed;
  const status = next.status === 'active' ? 'pendingUpdate' : next.status;
  return { ...changed, status, task: dueTask(now) };
}

function afterTry(next: Registration, puts: Delegation | null, now: number): Registration {
  const known = puts === null || next.ours.some((each) => isSameDelegation(each, puts));
  const task = next.task ?? dueTask(now);
  const ours = known ? next.ours : [...next.ours, puts].slice(-OURS_MAX);
  // Who else shares the database leaves the registration to this try for that long.
  return { ...next, ours, task: { ...task, dueAt: now + retryPauseMs(task.tries + 1) } };
}

function afterEntry(next: Registration, delegation: Delegation, change: ZoneChange | null, now: number): Registration {
  const entered = { ...next, ours: [delegation], zoneChange: change ?? next.zoneChange };
  if (next.status === 'pendingDelete') return { ...entered, task: dueTask(now) };
  if (isSameDelegation(wantedOf(next), delegation)) return { ...entered, status: 'active', task: null };
  return { ...entered, status: 'pendingUpdate', task: dueTask(now) };
}

/** What everybody may know of a registration. */
export interface PublicRegistration extends Particulars {
  readonly name: string;
  readonly status: RegistrationStatus;
  readonly createdAt: string;
  readonly changedAt: string;
  /** What is still to be done in the zone, and why it is not done yet; null when all is. */
  readonly pending: { readonly tries: number; readonly dueAt: string; readonly trouble: Trouble | null } | null;
}

/** A registration without what only its holder may know, times in the form of RFC 3339. */
export function publicPart(registration: Registration, timeText: (ms: number) => string): PublicRegistration {
  const { name, status, registrant, nameServers, createdAt, changedAt, task } = registration;
  const pending = task === null ? null : { ...task, dueAt: timeText(task.dueAt) };
  return {
    ...{ name, status, registrant, nameServers },
    ...{ createdAt: timeText(createdAt), changedAt: timeText(changedAt), pending },
  };
}
