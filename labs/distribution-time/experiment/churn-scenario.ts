/** What is played in the experiment on churn, and what comes out of one run of it. */
import type { MachineLoad } from '../../kit/machine-watch.ts';

const KIB = 1024;

export const POLICIES = ['rarest', 'random', 'sequential'] as const;
export type Policy = (typeof POLICIES)[number];

/** What is the same in every run; octets and octets per second. */
export interface ChurnScenario {
  readonly fileSize: number;
  readonly pieceLength: number;
  readonly peers: number;
  /** All have come after so many seconds. */
  readonly arrivalS: number;
  /** So many of them leave when they have half of the file. */
  readonly impatient: number;
  readonly seedUpload: number;
  readonly peerUpload: number;
  /** Copies of the file that the seed gives before it leaves. */
  readonly seedCopies: number;
  /** Whether a run is over when half of all copies exist, so that only how equal they are is measured. */
  readonly endsHalfWay: boolean;
}

/**
 * The pieces are of one block and there are many of them: each peer's first four are random in any case (BEP 3 knows why), and
 * what is under way to one of the others nobody sees yet. With few large pieces these two would be most of the file.
 */
export const CHURN: ChurnScenario = {
  fileSize: 4 * KIB * KIB,
  pieceLength: 16 * KIB,
  peers: 8,
  arrivalS: 6,
  impatient: 2,
  seedUpload: 1024 * KIB,
  peerUpload: 256 * KIB,
  seedCopies: 1.5,
  endsHalfWay: false,
};

export interface ChurnRun {
  readonly policy: Policy;
  /** The number of the draw. */
  readonly seed: number;
  /** When each peer came, in seconds, and the numbers of those that left early. */
  readonly arrivals: readonly number[];
  readonly impatient: readonly number[];
  /** Variance of the numbers of copies when half of all copies that are wanted exist; null when it never came to that. */
  readonly variance: number | null;
  /** Numbers of copies of each piece at that moment. */
  readonly counts: readonly number[] | null;
  /** Part of the file that is left among the peers at the end, after the seed has gone. */
  readonly surviving: number;
  /** How many have the whole file at the end, and how many had wanted to stay for it. */
  readonly complete: number;
  readonly patient: number;
  readonly seconds: number;
  readonly machine: MachineLoad;
}
