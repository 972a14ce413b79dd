/**
 * When a secondary server asks its primary: RFC 1034, section 4.3.5, with the times of the zone's SOA record; and at once
 * when the primary says that the zone has changed (NOTIFY, RFC 1996).
 *
 * Every REFRESH it compares serials and copies the zone when the primary's is newer. If the primary is silent it tries
 * again every RETRY, and serves what it has meanwhile. After EXPIRE without the primary, what it has is no longer true.
 *
 *     state \ input     due              notified         serial          copied          failed
 *     idle              ask, or copy     ask, or copy     -               -               -
 *     asking            -                note             copy, or idle   -               idle, after RETRY
 *     copying           -                note             -               idle            idle, after RETRY
 *
 * A NOTIFY that comes while the primary is being asked is noted, and acted upon afterwards (RFC 1996, section 4.4): the
 * answer that is on its way may be older than the change.
 */

import type { SoaRdata } from '#shared/dns/rdata.ts';
import { isNewerSerial } from '#shared/dns/serial.ts';

/** The copy that is served, and when its primary last confirmed it (lab time, milliseconds). */
export interface Copy {
  readonly soa: SoaRdata;
  readonly confirmedAt: number;
}

/** What a NOTIFY announced meanwhile: a serial, or null where it named none or several came. */
interface News {
  readonly serial: number | null;
}

export type SecondaryState =
  | { readonly at: 'idle'; readonly copy: Copy | null; readonly failures: number }
  | { readonly at: 'asking'; readonly copy: Copy; readonly failures: number; readonly news: News | null }
  | { readonly at: 'copying'; readonly copy: Copy | null; readonly failures: number; readonly news: News | null };

export type SecondaryInput =
  | { readonly kind: 'due' }
  | ({ readonly kind: 'notified' } & News)
  | { readonly kind: 'serial'; readonly serial: number }
  | { readonly kind: 'copied'; readonly soa: SoaRdata }
  | { readonly kind: 'failed' };

export type SecondaryOutput =
  /** Ask the primary for its SOA record. */
  | { readonly kind: 'ask'; readonly because: string }
  /** Copy the zone from the primary. */
  | { readonly kind: 'copy' }
  /** Give input `due` after this time. */
  | { readonly kind: 'wait'; readonly ms: number }
  /** The copy is true again: note the time. */
  | { readonly kind: 'confirm' }
  /** Serve the zone no longer. */
  | { readonly kind: 'withdraw' };

/** Pause before a zone that is missing altogether is asked for again: doubled each time, between these, in milliseconds. */
const MISSING_PAUSE_MS_MIN = 50;
const MISSING_PAUSE_MS_MAX = 30_000;
/** Shortest REFRESH and RETRY that are followed, in milliseconds: a zone that says 0 must not keep us busy. */
const PAUSE_MS_MIN = 1_000;
/** Why the primary is asked before REFRESH. */
const NOTIFIED = 'the primary sent a NOTIFY';

export interface Stepped {
  readonly state: SecondaryState;
  readonly outputs: readonly SecondaryOutput[];
}

/** What a secondary begins with: the copy of an earlier run, or none; give `due` at once. */
export function initialState(copy: Copy | null): SecondaryState {
  return { at: 'idle', copy, failures: 0 };
}

export function step(state: SecondaryState, input: SecondaryInput, now: number): Stepped {
  switch (input.kind) {
    case 'due':
      return state.at === 'idle' ? refresh(state, 'the time to refresh has come') : unchanged(state);
    case 'notified':
      return notified(state, { serial: input.serial });
    case 'serial':
      if (state.at !== 'asking') return unchanged(state);
      return isNewerSerial(input.serial, state.copy.soa.serial)
        ? { state: { ...state, at: 'copying' }, outputs: [{ kind: 'copy' }] }
        : confirmed({ ...state.copy, confirmedAt: now }, state.news);
    case 'copied':
      if (state.at !== 'copying') return unchanged(state);
      return confirmed({ soa: input.soa, confirmedAt: now }, state.news);
    case 'failed':
      return state.at === 'idle' ? unchanged(state) : failed(state, now);
  }
}

function refresh({ copy, failures }: Pick<SecondaryState, 'copy' | 'failures'>, reason: string): Stepped {
  if (copy === null) return { state: { at: 'copying', copy, failures, news: null }, outputs: [{ kind: 'copy' }] };
  const because = `${reason}: is there a newer serial?`;
  return { state: { at: 'asking', copy, failures, news: null }, outputs: [{ kind: 'ask', because }] };
}

/** RFC 1996, section 3.11: as if REFRESH had passed. What the NOTIFY says is a hint, and never data (section 3.8). */
function notified(state: SecondaryState, news: News): Stepped {
  if (state.at !== 'idle') {
    const serial = state.news === null || state.news.serial === news.serial ? news.serial : null;
    return unchanged({ ...state, news: { serial } });
  }
  // RFC 1996, section 3.7: the data is here, and nothing is left to do.
  if (news.serial !== null && news.serial === state.copy?.soa.serial) return unchanged(state);
  return refresh({ copy: state.copy, failures: 0 }, NOTIFIED);
}

function confirmed(copy: Copy, news: News | null): Stepped {
  if (news !== null && news.serial !== copy.soa.serial) {
    const { state, outputs } = refresh({ copy, failures: 0 }, NOTIFIED);
    return { state, outputs: [{ kind: 'confirm' }, ...outputs] };
  }
  const ms = Math.max(PAUSE_MS_MIN, copy.soa.refresh * 1000);
  return { state: { at: 'idle', copy, failures: 0 }, outputs: [{ kind: 'confirm' }, { kind: 'wait', ms }] };
}

function failed(state: Exclude<SecondaryState, { at: 'idle' }>, now: number): Stepped {
  const { copy } = state;
  // A primary that sends NOTIFY is there: it is asked again soon.
  const failures = state.news === null ? state.failures : 0;
  const again = { at: 'idle', failures: failures + 1 } as const;
  if (copy === null) {
    const ms = Math.min(MISSING_PAUSE_MS_MAX, MISSING_PAUSE_MS_MIN * 2 ** Math.min(failures, 10));
    return { state: { ...again, copy }, outputs: [{ kind: 'wait', ms }] };
  }
  const expiresAt = copy.confirmedAt + copy.soa.expire * 1000;
  if (now >= expiresAt) {
    return {
      state: { ...again, copy: null },
      outputs: [{ kind: 'withdraw' }, { kind: 'wait', ms: MISSING_PAUSE_MS_MIN }],
    };
  }
  // Right after a start the primary may be a moment late: the first tries come sooner than RETRY.
  const retryMs = Math.max(PAUSE_MS_MIN, copy.soa.retry * 1000);
  const ms = Math.min(retryMs, expiresAt - now, MISSING_PAUSE_MS_MIN * 2 ** Math.min(failures, 30));
  return { state: { ...again, copy }, outputs: [{ kind: 'wait', ms: Math.max(1, ms) }] };
}

function unchanged(state: SecondaryState): Stepped {
  return { state, outputs: [] };
}
