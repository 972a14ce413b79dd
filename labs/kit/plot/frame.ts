import type { Scale } from './scale.ts';
import { element, line, text } from './svg.ts';

/** The part of the paper that a plot is drawn in. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Distance of what is written from its axis. */
const TICK_GAP = 14;
const X_TICK_DROP = 34;
const X_NAME_DROP = 76;

/** Horizontal lines at round numbers, with the numbers and what they count. */
export function yAxis(frame: Frame, ticks: readonly number[], y: Scale, name: string, format = String): string {
  return element(
    'g',
    {},
    ...ticks.map((tick) => line(frame.left, y(tick), frame.right, y(tick), tick === 0 ? 'axis' : 'grid')),
    ...ticks.map((tick) =>
      text(format(tick), { x: frame.left - TICK_GAP, y: y(tick) + 7, class: 'tick', anchor: 'end' }),
    ),
    text(name, { x: frame.left, y: frame.top - 22, class: 'axis-name' }),
  );
}

/** Numbers or names below the plot, and what they are. */
export function xAxis(
  frame: Frame,
  ticks: readonly { readonly at: number; readonly label: string; readonly class?: string }[],
  name: string,
): string {
  const middle = (frame.left + frame.right) / 2;
  return element(
    'g',
    {},
    ...ticks.map(({ at, label, class: className = 'tick' }) =>
      text(label, { x: at, y: frame.bottom + X_TICK_DROP, class: className, anchor: 'middle' }),
    ),
    text(name, { x: middle, y: frame.bottom + X_NAME_DROP, class: 'axis-name', anchor: 'middle' }),
  );
}
