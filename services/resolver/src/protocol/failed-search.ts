/** Why a search has failed, and which extended errors say so (RFC 8914). */
import { EXTENDED_ERROR, type ExtendedError } from '#shared/dns/extended-error.ts';
import type { Round } from './job.ts';

export interface FailedSearch {
  readonly reason: FailureReason;
  readonly because: string;
  readonly errors?: readonly ExtendedError[];
}

/**
 * No server of a zone gives an answer; the aliases have no end; too many queries; too much time; too many searches at once;
 * or how searches go about it was changed.
 */
export type FailureReason = 'unreachable' | 'aliases' | 'budget' | 'deadline' | 'busy' | 'changed';

/** Failures that say something about the question, and not about the moment: they are remembered (RFC 9520, section 2). */
const REMEMBERED: ReadonlySet<FailureReason> = new Set(['unreachable', 'aliases', 'budget', 'deadline']);

export function isRemembered({ reason }: FailedSearch): boolean {
  return REMEMBERED.has(reason);
}

/** No server of a zone could be reached, or all of them refused (RFC 8914, sections 4.23 and 4.24). */
export function unreachable(because: string, { failures }: Round): FailedSearch {
  const errors: ExtendedError[] = [{ infoCode: EXTENDED_ERROR.NO_REACHABLE_AUTHORITY, extraText: because }];
  if (failures.has('unreachable')) {
    errors.push({ infoCode: EXTENDED_ERROR.NETWORK_ERROR, extraText: 'the network refused a query' });
  }
  if (failures.has('useless') || failures.has('mismatched')) {
    errors.push({ infoCode: EXTENDED_ERROR.NETWORK_ERROR, extraText: 'a server sent what cannot be read' });
  }
  return { reason: 'unreachable', because, errors };
}

/** The extended errors of a failure: each has one, if it is only "other" with a text. */
export function errorsOf({ because, errors }: FailedSearch): readonly ExtendedError[] {
  return errors ?? [{ infoCode: EXTENDED_ERROR.OTHER, extraText: because }];
}
