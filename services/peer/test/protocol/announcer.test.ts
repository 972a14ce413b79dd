import { describe, expect, test } from 'vitest';
import {
  type AnnouncerInput,
  type AnnouncerState,
  startAnnouncer,
  stepAnnouncer,
} from '../../src/protocol/announcer.ts';

const NOW = 1_000_000;
const waiting = (event: 'started' | 'completed' | null, dueAt = NOW, failures = 0) =>
  ({ kind: 'waiting', dueAt, event, failures }) as const;
const asking = (event: 'started' | 'completed' | null, next: 'completed' | null = null, failures = 0) =>
  ({ kind: 'asking', event, next, failures }) as const;
const answered = { kind: 'answered', intervalS: 30, minIntervalS: 5, isLonely: false } as const;
const stopped = { kind: 'stopped' } as const;

describe('every state and every input', () => {
  test.each<[AnnouncerState, AnnouncerInput, AnnouncerState, 'started' | 'completed' | 'stopped' | 'none' | undefined]>(
    [
      [waiting('started'), { kind: 'due' }, asking('started'), 'started'],
      [waiting(null), { kind: 'due' }, asking(null), 'none'],
      [waiting(null, NOW + 1), { kind: 'due' }, waiting(null, NOW + 1), undefined],
      [waiting(null, NOW + 1), { kind: 'ask now' }, asking(null), 'none'],
      [waiting(null, NOW + 1), { kind: 'completed' }, asking('completed'), 'completed'],
      [waiting('started', NOW + 1), { kind: 'completed' }, waiting('started', NOW + 1), undefined],
      [waiting(null, NOW + 1), { kind: 'stop' }, stopped, 'stopped'],
      [waiting('started', NOW + 1), { kind: 'stop' }, stopped, undefined],
      [waiting(null), answered, waiting(null), undefined],
      [waiting(null), { kind: 'failed' }, waiting(null), undefined],
      [asking('started'), answered, waiting(null, NOW + 30_000), undefined],
      [asking('started', 'completed'), answered, asking('completed'), 'completed'],
      [asking('started'), { kind: 'failed' }, waiting('started', NOW + 500, 1), undefined],
      [asking('started', 'completed'), { kind: 'failed' }, waiting('started', NOW + 500, 1), undefined],
      [asking(null, 'completed'), { kind: 'failed' }, waiting('completed', NOW + 500, 1), undefined],
      [asking(null, null, 3), { kind: 'failed' }, waiting(null, NOW + 4_000, 4), undefined],
      [asking(null, null, 50), { kind: 'failed' }, waiting(null, NOW + 30_000, 51), undefined],
      [asking(null), { kind: 'completed' }, asking(null, 'completed'), undefined],
      [asking(null), { kind: 'stop' }, stopped, 'stopped'],
      [asking(null), { kind: 'due' }, asking(null), undefined],
      [asking(null), { kind: 'ask now' }, asking(null), undefined],
      ...(['due', 'ask now', 'completed', 'failed', 'stop'] as const).map(
        (kind): [AnnouncerState, AnnouncerInput, AnnouncerState, undefined] => [stopped, { kind }, stopped, undefined],
      ),
    ],
  )('%j and %j', (state, input, next, event) => {
    const step = stepAnnouncer(state, input, NOW);
    expect(step.state).toEqual(next);
    expect(step.announce === undefined ? undefined : (step.announce.event ?? 'none')).toBe(event);
  });
});

test('a peer announces at once', () => {
  expect(stepAnnouncer(startAnnouncer(NOW), { kind: 'due' }, NOW).announce).toEqual({ event: 'started' });
});

test.each([
  ['knows nobody: as soon as the tracker lets it', { intervalS: 1800, minIntervalS: 5, isLonely: true }, 5_000],
  ['knows nobody and has no minimum', { intervalS: 1800, minIntervalS: null, isLonely: true }, 2_000],
  ['is told a minimum above the interval', { intervalS: 3, minIntervalS: 60, isLonely: true }, 60_000],
  ['is told the same and knows others', { intervalS: 3, minIntervalS: 60, isLonely: false }, 60_000],
  ['is told a minimum of a year', { intervalS: 3, minIntervalS: 31_536_000, isLonely: false }, 86_400_000],
  ['is told an interval of 0', { intervalS: 0, minIntervalS: null, isLonely: false }, 1_000],
  ['is told an interval of a year', { intervalS: 31_536_000, minIntervalS: null, isLonely: false }, 86_400_000],
])('when it announces again: a peer that %s', (_, answer, pauseMs) => {
  const { state } = stepAnnouncer(asking(null), { kind: 'answered', ...answer }, NOW);
  expect(state).toMatchObject({ kind: 'waiting', dueAt: NOW + pauseMs });
});
