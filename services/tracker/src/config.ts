import { isIP } from 'node:net';
import { z } from 'zod';
import { wholeNumber, wordList } from '#shared/host/config.ts';
import { NUMWANT_MAX } from './protocol/peer-choice.ts';

/** What the tracker reads from its environment. */
export const config = z
  .object({
    /** The port of announce and scrape, over HTTP (TCP) and over UDP. */
    TRACKER_PORT: wholeNumber({ min: 1024, max: 65_535, default: 6969 }),
    /** Seconds between two announces of a peer. Short, so that a lesson sees peers come and go; the Internet uses 1800. */
    INTERVAL_S: wholeNumber({ min: 1, max: 86_400, default: 30 }),
    /** Seconds within which a peer that asks again, without an event, gets the same answer. */
    MIN_INTERVAL_S: wholeNumber({ min: 0, max: 86_400, default: 5 }),
    /** Peers in an answer when the peer does not say how many it wants. */
    NUMWANT_DEFAULT: wholeNumber({ min: 0, max: NUMWANT_MAX, default: 50 }),
    /** Whether every torrent is served, or only those in the host's file `torrents`. */
    TORRENTS: z.enum(['open', 'listed'], 'give open or listed').default('open'),
    /** Addresses of HTTP proxies whose X-Forwarded-For is believed. */
    TRUSTED_PROXIES: wordList().refine((words) => words.every((word) => isIP(word) > 0), 'give IP addresses'),
  })
  .refine((given) => given.MIN_INTERVAL_S <= given.INTERVAL_S, {
    path: ['MIN_INTERVAL_S'],
    message: 'give no more than INTERVAL_S',
  });

export type Config = z.infer<typeof config>;
