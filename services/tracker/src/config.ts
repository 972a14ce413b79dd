import { z } from 'zod';
import { wholeNumber } from '#shared/host/config.ts';

/** What the tracker reads from its environment. */
export const config = z
  .object({
    /** The port of announce and scrape over HTTP. */
    TRACKER_PORT: wholeNumber({ min: 1024, max: 65_535, default: 6969 }),
    /** Seconds between two announces of a peer. Short, so that a lesson sees peers come and go; the Internet uses 1800. */
    INTERVAL_S: wholeNumber({ min: 1, max: 86_400, default: 30 }),
    /** Seconds within which a peer that asks again, without an event, gets the same answer. */
    MIN_INTERVAL_S: wholeNumber({ min: 0, max: 86_400, default: 5 }),
    /** Peers in an answer when the peer does not say how many it wants. */
    NUMWANT_DEFAULT: wholeNumber({ min: 0, max: 200, default: 50 }),
  })
  .refine((given) => given.MIN_INTERVAL_S <= given.INTERVAL_S, {
    path: ['MIN_INTERVAL_S'],
    message: 'give no more than INTERVAL_S',
  });

export type Config = z.infer<typeof config>;
