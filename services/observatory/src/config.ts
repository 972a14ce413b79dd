import { z } from 'zod';
import { wholeNumber, wordList } from '#shared/host/config.ts';

/** What the observatory reads from its environment. */
export const config = z.object({
  /** Reports kept, at most; when more come, the oldest go. */
  WINDOW_REPORTS: wholeNumber({ min: 10, max: 100_000, default: 5_000 }),
  /** Octets of JSON that the kept reports take together, at most. */
  WINDOW_BYTES: wholeNumber({ min: 10_000, max: 256 * 1024 * 1024, default: 8 * 1024 * 1024 }),
  /** The same for what happened in swarms: a round of 50 peers and 500 pieces is 65,000 reports of 250 octets. */
  SWARM_REPORTS: wholeNumber({ min: 10, max: 500_000, default: 80_000 }),
  SWARM_BYTES: wholeNumber({ min: 10_000, max: 256 * 1024 * 1024, default: 20 * 1024 * 1024 }),
  /** How long a report is held, so that reports of several hosts come in the order of their times, in milliseconds. */
  REORDER_MS: wholeNumber({ min: 0, max: 1_000, default: 50 }),
  /** Pause between two looks at the health of every host, in milliseconds. */
  HEALTH_PERIOD_MS: wholeNumber({ min: 50, max: 60_000, default: 2_000 }),
  /** How long a host may take to say how it is, in milliseconds. */
  HEALTH_TIMEOUT_MS: wholeNumber({ min: 50, max: 30_000, default: 1_000 }),
  /** How long a stream may be silent before a comment keeps it open, in milliseconds. */
  STREAM_HEARTBEAT_MS: wholeNumber({ min: 50, max: 120_000, default: 15_000 }),
  /** How long a reader of the stream may leave its buffer full before it is dropped, in milliseconds. */
  STREAM_STALL_MS: wholeNumber({ min: 50, max: 120_000, default: 10_000 }),
  /** Names by which a browser may address the observatory; by an address it always may. */
  OBSERVATORY_NAMES: wordList('observatory.topdown.org localhost'),
});

export type Config = z.infer<typeof config>;
