import type { BenchTracker } from './bench-tracker.ts';
import type { Payload } from './payload.ts';

/** Where a part of the bench runs, and how much of everything it takes. */
export interface Surroundings {
  readonly folder: string;
  /** Two octets of loopback, of which the part uses what it likes; the tracker has 0.1 of them. */
  readonly net: string;
  /** What our programs are given. */
  readonly environment: Readonly<Record<string, string>>;
  readonly tracker: BenchTracker;
  readonly payload: Payload;
  readonly size: Size;
}

export interface Size {
  /** Octets of the file. */
  readonly octets: number;
  /** Rounds without limits, and ours with them: the others have one then, because it takes long. */
  readonly rounds: number;
  readonly limitedRounds: number;
  /** Whether the others are left out. */
  readonly isOursAlone: boolean;
  /** Octets of the file that many peers share. */
  readonly manyOctets: number;
}
