/** What was measured, as tables and sentences for a terminal. */
import {
  clientServerBound,
  type EqualPeers,
  EXERCISE,
  ofEqualPeers,
  p2pBound,
} from '#shared/bittorrent/distribution-time.ts';
import type { MachineLoad } from '../../kit/machine-watch.ts';
import { median, signTest } from '../../kit/statistics.ts';
import { type ChurnRun, POLICIES, type Policy } from '../experiment/churn-scenario.ts';
import type { DistributionRun } from '../experiment/distribution-run.ts';

type Row = readonly string[];

/** Columns as wide as their widest cell; numbers end at the same place, words begin there. */
function table(head: Row, rows: readonly Row[]): string {
  const columns = head.map((_, column) => {
    const cells = rows.map((row) => row[column] ?? '');
    const width = Math.max(...[...cells, head[column] ?? ''].map((cell) => cell.length));
    return { width, isNumeric: cells.every((cell) => /^[\d–]/.test(cell)) };
  });
  const line = (row: Row) =>
    columns
      .map(({ width, isNumeric }, column) => (isNumeric ? row[column]?.padStart(width) : row[column]?.padEnd(width)))
      .join('   ')
      .trimEnd();
  return [head, columns.map(({ width }) => '─'.repeat(width)), ...rows].map(line).join('\n');
}

/** One row for each architecture and number of peers. */
export function distributionTable(runs: readonly DistributionRun[]): string {
  const groups = Object.groupBy(runs, ({ peers, architecture }) => `${architecture} ${String(peers).padStart(5)}`);
  const rows = Object.entries(groups)
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([, group = []]) => {
      const [first] = group;
      const seconds = group.map((run) => run.seconds);
      const middle = median(seconds);
      return [
        first?.architecture ?? '',
        String(first?.peers),
        fixed(first?.bound ?? 0),
        fixed(middle),
        `${fixed(Math.min(...seconds))}–${fixed(Math.max(...seconds))}`,
        (middle / (first?.bound ?? 1)).toFixed(3),
        fixed(median(group.map((run) => run.serverCopies))),
        fixed(median(group.map((run) => run.peersCopies))),
      ];
    });
  return table(['', 'N', 'bound s', 'measured s', 'range', '× bound', 'server gave', 'peers gave'], rows);
}

/** What the table says, and how far it is to be believed. */
export function distributionVerdict(runs: readonly DistributionRun[]): string {
  const of = (architecture: DistributionRun['architecture']) => runs.filter((run) => run.architecture === architecture);
  const span = (some: readonly DistributionRun[]) => {
    const ratios = some.map(({ seconds, bound }) => seconds / bound);
    return `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  };
  return [
    `Client-server took ${span(of('client-server'))} times D_cs, P2P ${span(of('p2p'))} times D_p2p ("gave": copies of the file).`,
    machineVerdict(runs),
  ].join('\n');
}

/** Whether the machine could keep up. */
function machineVerdict(runs: readonly { readonly machine: MachineLoad }[]): string {
  const busy = runs.filter(({ machine }) => machine.wasBusy).length;
  return busy === 0
    ? 'The machine was fast enough: timers came in time in every run.'
    : `In ${busy} of ${runs.length} runs the machine was too busy to keep the rates: these say little. Try --at-once 1.`;
}

/** One row for each policy. */
export function churnTable(runs: readonly ChurnRun[]): string {
  const rows = POLICIES.map((policy) => {
    const own = runs.filter((run) => run.policy === policy);
    const variances = own.map(({ variance }) => variance).filter((variance) => variance !== null);
    return [
      policy,
      String(own.length),
      // Of few that got half-way a median would say nothing about the others.
      variances.length * 2 <= own.length ? '–' : fixed(median(variances)),
      `${(100 * median(own.map(({ surviving }) => surviving))).toFixed(1)} %`,
      `${own.filter(({ surviving }) => surviving === 1).length} of ${own.length}`,
      `${own.reduce((sum, { complete }) => sum + complete, 0)} of ${own.reduce((sum, { patient }) => sum + patient, 0)}`,
    ];
  });
  return table(['', 'runs', 'variance', 'survives', 'whole file', 'peers that got it'], rows);
}

/** The sign tests: rarest first against each of the others, over the draws that both have played. */
export function churnVerdict(runs: readonly ChurnRun[]): string {
  const others = POLICIES.filter((policy) => policy !== 'rarest');
  const sentences = others.map((other) => {
    const { smaller, larger, p } = signTest(variancePairs(runs, 'rarest', other));
    return `Rarest first against ${other}: the copies are more equal in ${smaller} of ${smaller + larger} draws (sign test, two-sided: p = ${pText(p)}).`;
  });
  return [...sentences, machineVerdict(runs)].join('\n');
}

/** The variances of two policies in the same draw. Copies so unequal that half-way never came count as the most unequal. */
export function variancePairs(runs: readonly ChurnRun[], one: Policy, other: Policy): [number, number][] {
  const of = (policy: Policy) => new Map(runs.filter((run) => run.policy === policy).map((run) => [run.seed, run]));
  const others = of(other);
  return [...of(one)].flatMap(([seed, { variance }]) => {
    const opposite = others.get(seed);
    if (opposite === undefined) return [];
    return [[variance ?? Number.POSITIVE_INFINITY, opposite.variance ?? Number.POSITIVE_INFINITY]];
  });
}

/** The bounds of each number of peers, with the term that decides. */
export function boundTable(setting: Omit<EqualPeers, 'peers'>, counts: readonly number[]): string {
  const rows = counts.map((peers) => {
    const distribution = ofEqualPeers({ ...setting, peers });
    const [clientServer, p2p] = [clientServerBound(distribution), p2pBound(distribution)];
    return [String(peers), fixed(clientServer.seconds), clientServer.bottleneck, fixed(p2p.seconds), p2p.bottleneck];
  });
  return table(['N', 'D_cs s', 'because of', 'D_p2p s', 'because of'], rows);
}

/** The exercise of the textbook, one table for each upload of the peers. */
export function exerciseTables(): string {
  return EXERCISE.uploads
    .map((upload) => {
      const { fileSize, serverUpload, download, peers } = EXERCISE;
      return `u = ${upload / 1e6} Mbit/s\n${boundTable({ fileSize, serverUpload, download, upload }, peers)}`;
    })
    .join('\n\n');
}

function fixed(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value.toFixed(2);
}

function pText(p: number): string {
  return p < 0.001 ? p.toExponential(0) : p.toFixed(3);
}
