/** The three ways to choose a piece, side by side: how unequal the copies are, and how much of the file survives. */
import { type Frame, xAxis, yAxis } from '../../kit/plot/frame.ts';
import { linearScale, roundTicks } from '../../kit/plot/scale.ts';
import { element, line, picture, text } from '../../kit/plot/svg.ts';
import { seededRandom } from '../../kit/seeded-random.ts';
import { median } from '../../kit/statistics.ts';
import { type ChurnRun, POLICIES, type Policy } from '../experiment/churn-scenario.ts';
import type { ChurnResults } from './results.ts';
import { type Language, WORDS } from './words.ts';

const LEFT: Frame = { left: 100, right: 600, top: 176, bottom: 610 };
const RIGHT: Frame = { left: 740, right: 1240, top: 176, bottom: 610 };
const Y_TICKS = 5;
const DOT = 8;
/** Dots beside one another, so that equal ones are seen; and half the length of the bar of the median. */
const SPREAD = 44;
const BAR = 60;
/** How far above the axis it stands what is not shown. */
const NOTE_RISE = 16;

export const POLICY_CLASS: Readonly<Record<Policy, string>> = { rarest: 'two', random: 'three', sequential: 'one' };

export function plotChurn({ runs, scenario }: ChurnResults, language: Language): string {
  const words = WORDS[language];
  const seeds = new Set(runs.map(({ seed }) => seed)).size;
  const { peers, impatient, seedCopies } = scenario;
  return picture(
    words.churnTitle,
    words.churnSummary({ peers, impatient, seedCopies, seeds }),
    strip(LEFT, runs, ({ variance }) => variance, null, words.variance, language),
    strip(RIGHT, runs, ({ surviving }) => surviving * 100, 100, words.surviving, language),
  );
}

function strip(
  frame: Frame,
  runs: readonly ChurnRun[],
  measured: (run: ChurnRun) => number | null,
  most: number | null,
  name: string,
  language: Language,
): string {
  const words = WORDS[language];
  const present = (policy: Policy) =>
    runs
      .filter((run) => run.policy === policy)
      .map(measured)
      .filter((value) => value !== null);
  const ticks = roundTicks(most ?? Math.max(...POLICIES.flatMap(present)), Y_TICKS);
  const y = linearScale(0, ticks.at(-1) ?? 1, frame.bottom, frame.top);
  const column = (nth: number) => frame.left + ((nth + 0.5) * (frame.right - frame.left)) / POLICIES.length;
  const random = seededRandom(1);
  return element(
    'g',
    {},
    yAxis(frame, ticks, y, name),
    xAxis(
      frame,
      POLICIES.map((policy, nth) => ({
        at: column(nth),
        label: words.policies[policy],
        class: `label ${POLICY_CLASS[policy]}`,
      })),
      words.eachDot,
    ),
    ...POLICIES.flatMap((policy, nth) => {
      const values = present(policy);
      const absent = runs.filter((run) => run.policy === policy).length - values.length;
      const at = column(nth);
      const dots = values.map((value) =>
        element('circle', {
          cx: at + (random() - 0.5) * 2 * SPREAD,
          cy: y(value),
          r: DOT,
          class: `dot ${POLICY_CLASS[policy]}`,
        }),
      );
      // A median of the few that got that far would say something about them only.
      const middle = absent > values.length ? [] : [y(median(values))];
      return [
        ...dots,
        ...middle.map((height) => line(at - BAR, height, at + BAR, height, `middle ${POLICY_CLASS[policy]}`)),
        ...(absent === 0
          ? []
          : [text(words.notReached(absent), { x: at, y: frame.bottom - NOTE_RISE, class: 'tick', anchor: 'middle' })]),
      ];
    }),
  );
}
