import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { IdleDeadline } from '../idle-deadline.ts';

let ended: number;
let deadline: IdleDeadline;

beforeEach(() => {
  vi.useFakeTimers();
  ended = 0;
  deadline = new IdleDeadline(10_000, () => {
    ended += 1;
  });
});

afterEach(() => {
  deadline.stop();
  vi.useRealTimers();
});

test('a connection without a request ends at its deadline', () => {
  vi.advanceTimersByTime(9_999);
  expect(ended).toBe(0);
  vi.advanceTimersByTime(1);
  expect(ended).toBe(1);
});

test('a connection with a request is not idle, and is idle again when the last one is over', () => {
  const requests = [new EventEmitter(), new EventEmitter()];
  for (const request of requests) deadline.begin(request);
  expect(deadline.inFlight).toBe(2);
  vi.advanceTimersByTime(9_000);
  requests[0]!.emit('close');
  vi.advanceTimersByTime(50_000);
  requests[1]!.emit('close');
  expect(deadline.inFlight).toBe(0);
  vi.advanceTimersByTime(9_999);
  expect(ended).toBe(0);
  vi.advanceTimersByTime(1);
  expect(ended).toBe(1);
});

test('a connection that is over leaves no timer behind, though a request of it ends later', () => {
  const request = new EventEmitter();
  deadline.begin(request);
  deadline.stop();
  request.emit('close');
  expect(vi.getTimerCount()).toBe(0);
});
