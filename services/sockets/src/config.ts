import { z } from 'zod';
import { wholeNumber } from '#shared/host/config.ts';

/** What the upper-case servers read from their environment. */
export const config = z.object({
  /** The port of both servers. Outside the well-known ports, as a protocol of one's own should be (section 2.7). */
  UPPERCASE_PORT: wholeNumber({ min: 1024, max: 65_535, default: 12_000 }),
  /** Connections that wait to be accepted, at most. */
  TCP_BACKLOG: wholeNumber({ min: 1, max: 511, default: 16 }),
  /** How long a TCP client may be silent before its connection is closed, in milliseconds. */
  TCP_IDLE_MS: wholeNumber({ min: 100, max: 600_000, default: 30_000 }),
});

export type Config = z.infer<typeof config>;
