/** Copies of each piece at half-way: one row of bars for each way to choose a piece. */
import { type Frame, yAxis } from '../../kit/plot/frame.ts';
import { linearScale } from '../../kit/plot/scale.ts';
import { element, HEIGHT, picture, text, WIDTH } from '../../kit/plot/svg.ts';
import { type ChurnRun, POLICIES, type Policy } from '../experiment/churn-scenario.ts';
import { POLICY_CLASS } from './churn-plot.ts';
import type { ChurnResults } from './results.ts';
import { type Language, WORDS } from './words.ts';

const TOP = 176;
const ROW = 168;
const ROW_HEIGHT = 116;
const LEFT = 110;
const RIGHT = 1232;
/** Part of a bar's place that stays empty. */
const GAP = 0.2;

export function plotCopies({ runs, scenario }: ChurnResults, language: Language): string {
  const words = WORDS[language];
  const { peers } = scenario;
  return picture(
    words.copiesTitle,
    words.copiesSummary,
    ...POLICIES.map((policy, nth) => row(policy, medianRun(runs, policy), peers, nth, language)),
    text(words.pieces, { x: WIDTH / 2, y: HEIGHT - 20, class: 'axis-name', anchor: 'middle' }),
  );
}

function row(policy: Policy, run: ChurnRun | null, peers: number, nth: number, language: Language): string {
  const words = WORDS[language];
  const frame: Frame = { left: LEFT, right: RIGHT, top: TOP + nth * ROW, bottom: TOP + nth * ROW + ROW_HEIGHT };
  const y = linearScale(0, peers, frame.bottom, frame.top);
  const counts = run?.counts ?? [];
  const width = (RIGHT - LEFT) / Math.max(1, counts.length);
  const label =
    run === null
      ? words.policies[policy]
      : `${words.policies[policy]} · ${words.varianceIs((run.variance ?? 0).toFixed(2))}`;
  return element(
    'g',
    {},
    yAxis(frame, [0, peers / 2, peers], y, nth === 0 ? words.copiesOf : ''),
    text(label, { x: RIGHT, y: frame.top - 14, class: `label ${POLICY_CLASS[policy]}`, anchor: 'end' }),
    ...counts.map((copies, index) =>
      element('rect', {
        x: LEFT + (index + GAP / 2) * width,
        y: y(copies),
        width: width * (1 - GAP),
        height: frame.bottom - y(copies),
        class: POLICY_CLASS[policy],
      }),
    ),
  );
}

/** The run whose variance is in the middle: no showpiece. */
function medianRun(runs: readonly ChurnRun[], policy: Policy): ChurnRun | null {
  const known = runs.filter((run) => run.policy === policy && run.variance !== null);
  const sorted = known.toSorted((one, other) => (one.variance ?? 0) - (other.variance ?? 0));
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
