/** Time over N: the bounds as lines, what was measured as marks over them. */
import { boundCurves, p2pCeiling } from '#shared/bittorrent/distribution-time.ts';
import { type Frame, xAxis, yAxis } from '../../kit/plot/frame.ts';
import { linearScale, roundTicks, type Scale } from '../../kit/plot/scale.ts';
import { element, line, path, picture, text } from '../../kit/plot/svg.ts';
import { median } from '../../kit/statistics.ts';
import type { DistributionRun } from '../experiment/distribution-run.ts';
import { rateText, sizeText } from './quantities.ts';
import type { DistributionResults } from './results.ts';
import { type Language, WORDS } from './words.ts';

const FRAME: Frame = { left: 110, right: 1010, top: 176, bottom: 616 };
const Y_TICKS = 6;
/** Half of what a mark measures, and of the bars at the ends of a whisker. */
const MARK = 9;
const LABEL_GAP = 18;
/** Where the curve all but reaches its ceiling, the ceiling is not drawn. */
const NEAR = 0.95;
/** Two labels closer than this would touch. */
const LABEL_LEADING = 30;

const SERIES = {
  'client-server': { className: 'one', label: 'clientServerBound' },
  p2p: { className: 'two', label: 'p2pBound' },
} as const;

export function plotDistribution(results: DistributionResults, language: Language): string {
  const words = WORDS[language];
  const { fileSize, serverUpload, upload, download, runs } = results;
  const setting = { fileSize, serverUpload, upload, download: download ?? Number.POSITIVE_INFINITY };
  const counts = [...new Set(runs.map(({ peers }) => peers))].toSorted((one, other) => one - other);
  const most = counts.at(-1) ?? 1;
  const curves = boundCurves(
    setting,
    Array.from({ length: most }, (_, nth) => nth + 1),
  );
  const ceiling = p2pCeiling(setting);
  const highest = Math.max(...runs.map(({ seconds }) => seconds), ...curves.map((point) => point.clientServer.seconds));
  const ticks = roundTicks(highest, Y_TICKS);
  const x = linearScale(0, most, FRAME.left, FRAME.right);
  const y = linearScale(0, ticks.at(-1) ?? 1, FRAME.bottom, FRAME.top);
  const ends = { 'client-server': curves.at(-1)!.clientServer.seconds, p2p: curves.at(-1)!.p2p.seconds };
  return picture(
    words.distributionTitle,
    words.distributionSummary({
      file: sizeText(fileSize),
      server: rateText(serverUpload),
      peer: rateText(upload),
      download: download === null ? null : rateText(download),
    }),
    yAxis(FRAME, ticks, y, words.seconds),
    xAxis(
      FRAME,
      counts.map((peers) => ({ at: x(peers), label: String(peers) })),
      words.peers,
    ),
    ...(ceiling <= (ticks.at(-1) ?? 0) && ends.p2p < NEAR * ceiling
      ? [
          line(FRAME.left, y(ceiling), FRAME.right, y(ceiling), 'ceiling'),
          text(words.ceiling(secondsText(ceiling)), { x: FRAME.left + 12, y: y(ceiling) - 12, class: 'tick' }),
        ]
      : []),
    path(
      curves.map(({ peers, clientServer }) => [x(peers), y(clientServer.seconds)] as const),
      'bound one',
    ),
    path(
      curves.map(({ peers, p2p }) => [x(peers), y(p2p.seconds)] as const),
      'bound two',
    ),
    ...counts.flatMap((peers) =>
      Object.entries(SERIES).map(([architecture, { className }]) =>
        mark(
          runs.filter((run) => run.peers === peers && run.architecture === architecture),
          x,
          y,
          className,
        ),
      ),
    ),
    ...endLabels(ends, y).map(({ architecture, at }) =>
      text(words[SERIES[architecture].label], {
        x: FRAME.right + LABEL_GAP,
        y: at + 8,
        class: `label ${SERIES[architecture].className}`,
      }),
    ),
    text(words.measured, { x: FRAME.right, y: FRAME.top - 22, class: 'axis-name', anchor: 'end' }),
  );
}

/** The median of the runs, a square for client-server and a circle for P2P, with the range from the least to the most. */
function mark(runs: readonly DistributionRun[], x: Scale, y: Scale, className: string): string {
  const [first] = runs;
  if (first === undefined) return '';
  const seconds = runs.map((run) => run.seconds);
  const [least, most] = [Math.min(...seconds), Math.max(...seconds)];
  const [atX, atY] = [x(first.peers), y(median(seconds))];
  const shape =
    className === 'one'
      ? element('rect', { x: atX - MARK, y: atY - MARK, width: 2 * MARK, height: 2 * MARK, class: `mark ${className}` })
      : element('circle', { cx: atX, cy: atY, r: MARK, class: `mark ${className}` });
  const whisker = `whisker ${className}`;
  return element(
    'g',
    {},
    line(atX, y(least), atX, y(most), whisker),
    line(atX - MARK, y(least), atX + MARK, y(least), whisker),
    line(atX - MARK, y(most), atX + MARK, y(most), whisker),
    shape,
  );
}

/** Where the names of the curves stand: at their ends, and not one on the other. */
function endLabels(
  ends: Readonly<Record<DistributionRun['architecture'], number>>,
  y: Scale,
): { architecture: DistributionRun['architecture']; at: number }[] {
  const upper = y(ends['client-server']);
  const lower = Math.max(y(ends.p2p), upper + LABEL_LEADING);
  return [
    { architecture: 'client-server', at: upper },
    { architecture: 'p2p', at: lower },
  ];
}

function secondsText(seconds: number): string {
  return seconds >= 10 ? seconds.toFixed(0) : seconds.toFixed(1);
}
