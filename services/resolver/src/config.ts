import { z } from 'zod';
import { wholeNumber, yesOrNo } from '#shared/host/config.ts';

/** What the local DNS server reads from its environment. Where the root is, it reads from its host's own folder. */
export const config = z.object({
  /** Sets of records that the cache holds at most. */
  CACHE_ENTRIES: wholeNumber({ min: 0, max: 100_000, default: 10_000 }),
  /** Longest time that the cache keeps a record, in seconds, whatever its TTL. */
  CACHE_TTL_S_MAX: wholeNumber({ min: 0, max: 604_800, default: 86_400 }),
  /** Longest time that the cache keeps "no such name" and "no such data", in seconds. */
  CACHE_NEGATIVE_TTL_S_MAX: wholeNumber({ min: 0, max: 86_400, default: 3_600 }),
  /** Whether upper and lower case of outgoing questions are mixed at random, against forged replies. */
  MIX_CASE: yesOrNo(true),
});

export type Config = z.infer<typeof config>;
