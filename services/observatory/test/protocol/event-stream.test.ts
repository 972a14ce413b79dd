import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatEvent, formatEventId, resumeAfter } from '../../src/protocol/event-stream.ts';

test('an event is fields, one a line, and a blank line', () => {
  expect(formatEvent({ id: 'k3.7', event: 'missed', data: '{"missed":2}' })).toBe(
    'id: k3.7\nevent: missed\ndata: {"missed":2}\n\n',
  );
  expect(formatEvent({ data: '{}' })).toBe('data: {}\n\n');
});

test.each<[string, number | undefined, string]>([
  ['k3.7', 7, 'an id of this start goes on after its number'],
  ['k2.900', 0, 'an id of an earlier start means other reports: from the beginning'],
  ['7', undefined, 'a bare number is no id of ours'],
  ['k3.', undefined, 'nothing after the full stop'],
  [`k3.${'9'.repeat(40)}`, undefined, 'a number that no counter reaches'],
])('the last event id %j resumes after %j: %s', (id, after) => {
  expect(resumeAfter(id, 'k3')).toBe(after);
});

test('every id that is given out resumes at its own place', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (start, seq) => {
      const id = formatEventId(start.toString(36), seq);
      expect(resumeAfter(id, start.toString(36))).toBe(seq);
    }),
  );
});

test('any other text is refused or taken, never thrown at', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(resumeAfter(text, 'k3') ?? 0).toBeGreaterThanOrEqual(0);
    }),
  );
});
