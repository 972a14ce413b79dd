import type { MachineLoad } from '../../kit/machine-watch.ts';
import type { Architecture } from '../settings.ts';

/** One distribution that was measured. */
export interface DistributionRun {
  readonly architecture: Architecture;
  /** N. */
  readonly peers: number;
  /** D_cs or D_p2p for it, in seconds. */
  readonly bound: number;
  /** From the moment at which the file can be had until the last one has it and its hash is right. */
  readonly seconds: number;
  /** The same for each of them. */
  readonly finished: readonly number[];
  /** What the server sent, and what the peers sent, in copies of the file. */
  readonly serverCopies: number;
  readonly peersCopies: number;
  readonly machine: MachineLoad;
}
