/**
 * When a secondary server asks its primary: RFC 1034, section 4.3.5, with the times of the zone's SOA record.
 *
 * Every REFRESH it compares serials and copies the zone when the primary's is newer. If the primary is silent it tries
 * again every RETRY, and serves what it has meanwhile. After EXPIRE without the primary, what it has is no longer true.
 *
 *     state \ input     due              serial          copied       failed
 *     idle              ask, or copy     -               -            -
 *     asking            -                copy, or idle   -            idle, after RETRY
 *     copying           -                -               idle         idle, after RETRY
 */

import type { SoaRdata } from '#shared/dns/rdata.ts';
import { isNewerSerial } from '#shared/dns/serial.ts';

/** The copy that is served, and when its primary last confirmed it (lab time, milliseconds). */
export interface Copy {
  readonly soa: SoaRdata;
  readonly confirmedAt: number;
}

export type SecondaryState =
  | { readonly at: 'idle'; readonly copy: Copy | null; readonly failures: number }
  | { readonly at: 'asking'; readonly copy: Copy; readonly failures: number }
  | { readonly at: 'copying'; readonly copy: Copy | null; readonly failures: number };

export type SecondaryInput =
  | { readonly kind: 'due' }
  | { readonly kind: 'serial'; readonly serial: number }
  | { readonly kind: 'copied'; readonly soa: SoaRdata }
  | { readonly kind: 'failed' };

export type SecondaryOutput =
  /** Ask the primary for its SOA record. */
  | { readonly kind: 'ask' }
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
      if (state.at !== 'idle') return unchanged(state);
      return state.copy === null
        ? { state: { ...state, at: 'copying' }, outputs: [{ kind: 'copy' }] }
        : { state: { ...state, at: 'asking', copy: state.copy }, outputs: [{ kind: 'ask' }] };
    case 'serial':
      if (state.at !== 'asking') return unchanged(state);
      return isNewerSerial(input.serial, state.copy.soa.serial)
        ? { state: { ...state, at: 'copying' }, outputs: [{ kind: 'copy' }] }
        : confirmed({ ...state.copy, confirmedAt: now });
    case 'copied':
      return state.at === 'copying' ? confirmed({ soa: input.soa, confirmedAt: now }) : unchanged(state);
    case 'failed':
      return state.at === 'idle' ? unchanged(state) : failed(state, now);
  }
}

function confirmed(copy: Copy): Stepped {
  const ms = Math.max(PAUSE_MS_MIN, copy.soa.refresh * 1000);
  return { state: { at: 'idle', copy, failures: 0 }, outputs: [{ kind: 'confirm' }, { kind: 'wait', ms }] };
}

function failed({ copy, failures }: SecondaryState, now: number): Stepped {
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
