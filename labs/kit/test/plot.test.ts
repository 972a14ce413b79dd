import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linearScale, roundTicks } from '../plot/scale.ts';
import { element, picture, text } from '../plot/svg.ts';

describe('the numbers beside an axis', () => {
  test.each([
    [96, 6, [0, 20, 40, 60, 80, 100]],
    [8, 6, [0, 2, 4, 6, 8]],
    [1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [0.3, 3, [0, 0.1, 0.2, 0.3]],
    [240, 6, [0, 50, 100, 150, 200, 250]],
  ])('up to %d: %j', (most, wanted, ticks) => {
    expect(roundTicks(most, wanted)).toEqual(ticks);
  });

  test('reach what is to be shown, and are not many more than wanted', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), fc.integer({ min: 2, max: 10 }), (most, wanted) => {
        const ticks = roundTicks(most, wanted);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(most * (1 - 1e-9));
        expect(ticks.length).toBeLessThanOrEqual(wanted + 1);
      }),
    );
  });
});

test('a scale puts the ends where they belong', () => {
  const y = linearScale(0, 100, 600, 200);
  expect([y(0), y(50), y(100)]).toEqual([600, 400, 200]);
});

test('what is written is text and no markup', () => {
  expect(text('a < b & "c"', { x: 1, y: 2.345 })).toBe(
    '<text x="1" y="2.35" text-anchor="start">a &lt; b &amp; &quot;c&quot;</text>',
  );
  expect(element('g', { id: '"><script>' })).toBe('<g id="&quot;&gt;&lt;script&gt;"/>');
  const svg = picture('A & B', 'c < d');
  expect(svg).toContain('<title>A &amp; B</title>');
  expect(svg).toContain('prefers-color-scheme: dark');
});
