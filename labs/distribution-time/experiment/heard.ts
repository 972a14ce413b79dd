/** What the experiments listen for among the reports of a peer (services/peer/src/reports.ts). */
import type { ReportInput } from '#shared/report.ts';

/** The peer tells the tracker of itself. */
export function announces({ kind }: ReportInput): boolean {
  return kind === 'tracker.announce';
}

/** The piece of which the peer has just found the hash right, or null when the report is about something else. */
export function verifiedIndex({ kind, message }: ReportInput): number | null {
  return kind === 'bittorrent.verified' ? (message as { index: number }).index : null;
}

/** Octets of the block that a seed, which receives none, has just given; it must run with `REPORT_BLOCKS=all`. */
export function givenOctets({ kind, message }: ReportInput): number {
  return kind === 'bittorrent.piece' ? (message as { length: number }).length : 0;
}
