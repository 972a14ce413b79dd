/**
 * When to announce to the tracker, and as what (BEP 3, "trackers"): `started` first, then at the interval that the tracker
 * names, `completed` once when the download is done, `stopped` at the end. A tracker that fails is asked again after a pause
 * that doubles; a peer that knows nobody asks as soon as the tracker lets it.
 */
import type { AnnounceEvent } from '#shared/bittorrent/announce-request.ts';

/** Pause after a failure, in milliseconds; it doubles with each further one. */
const RETRY_MS = 500;
const RETRY_MS_MAX = 30_000;
/** The least time between two announces of a peer that knows nobody, in milliseconds. */
const LONELY_MS = 2_000;
/** Limits of the interval that is believed, in seconds. */
const INTERVAL_S_MIN = 1;
const INTERVAL_S_MAX = 24 * 3600;
const MS_PER_S = 1000;

export type AnnouncerState =
  /** Until `dueAt`; `event` is what is to be told then. */
  | {
      readonly kind: 'waiting';
      readonly dueAt: number;
      readonly event: AnnounceEvent | null;
      readonly failures: number;
    }
  /** An announce is on its way; `next` is an event that happened meanwhile. */
  | {
      readonly kind: 'asking';
      readonly event: AnnounceEvent | null;
      readonly next: AnnounceEvent | null;
      readonly failures: number;
    }
  | { readonly kind: 'stopped' };

export type AnnouncerInput =
  | { readonly kind: 'due' }
  | { readonly kind: 'ask now' }
  | { readonly kind: 'completed' }
  | {
      readonly kind: 'answered';
      readonly intervalS: number;
      readonly minIntervalS: number | null;
      readonly isLonely: boolean;
    }
  | { readonly kind: 'failed' }
  | { readonly kind: 'stop' };

export interface AnnouncerStep {
  readonly state: AnnouncerState;
  /** What is to be sent now; absent when nothing is. */
  readonly announce?: { readonly event: AnnounceEvent | null };
}

export function startAnnouncer(now: number): AnnouncerState {
  return { kind: 'waiting', dueAt: now, event: 'started', failures: 0 };
}

export function stepAnnouncer(state: AnnouncerState, input: AnnouncerInput, now: number): AnnouncerStep {
  switch (state.kind) {
    case 'waiting':
      return stepWaiting(state, input, now);
    case 'asking':
      return stepAsking(state, input, now);
    case 'stopped':
      return { state };
  }
}

function stepWaiting(state: AnnouncerState & { kind: 'waiting' }, input: AnnouncerInput, now: number): AnnouncerStep {
  switch (input.kind) {
    case 'due':
      return now >= state.dueAt ? ask(state.event, state.failures) : { state };
    case 'ask now':
      return ask(state.event, state.failures);
    case 'completed':
      // A tracker that does not know us yet hears `started` first; that nothing is left says the rest.
      return state.event === 'started' ? { state } : ask('completed', state.failures);
    case 'stop':
      // Who never reached the tracker has nothing to take back.
      return state.event === 'started' ? { state: { kind: 'stopped' } } : stop();
    case 'answered':
    case 'failed':
      return { state };
  }
}

function stepAsking(state: AnnouncerState & { kind: 'asking' }, input: AnnouncerInput, now: number): AnnouncerStep {
  switch (input.kind) {
    case 'answered': {
      if (state.next !== null) return ask(state.next, 0);
      return { state: { kind: 'waiting', dueAt: now + pauseMs(input), event: null, failures: 0 } };
    }
    case 'failed': {
      const dueAt = now + Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** Math.min(state.failures, 10));
      // Of two events that are not told yet the first counts: `started` before `completed`.
      return { state: { kind: 'waiting', dueAt, event: state.event ?? state.next, failures: state.failures + 1 } };
    }
    case 'completed':
      return { state: { ...state, next: 'completed' } };
    case 'stop':
      return stop();
    case 'due':
    case 'ask now':
      return { state };
  }
}

function ask(event: AnnounceEvent | null, failures: number): AnnouncerStep {
  return { state: { kind: 'asking', event, next: null, failures }, announce: { event } };
}

function stop(): AnnouncerStep {
  return { state: { kind: 'stopped' }, announce: { event: 'stopped' } };
}

/** "Clients must not reannounce more frequently than" the minimum, also where a tracker names an interval below it. */
function pauseMs(answer: { intervalS: number; minIntervalS: number | null; isLonely: boolean }): number {
  const minimum = believed(answer.minIntervalS ?? 0);
  const interval = Math.max(believed(answer.intervalS), minimum);
  return answer.isLonely ? Math.min(interval, Math.max(minimum, LONELY_MS)) : interval;
}

function believed(intervalS: number): number {
  return Math.min(Math.max(intervalS, INTERVAL_S_MIN), INTERVAL_S_MAX) * MS_PER_S;
}
