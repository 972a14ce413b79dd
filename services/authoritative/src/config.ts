import { z } from 'zod';
import { wholeNumber, yesOrNo } from '#shared/host/config.ts';
import { DELAY_MS_MAX, RECURSIONS } from './server/manner.ts';

/** What an authoritative server reads from its environment. Its zones are files of its host's own folder. */
export const config = z.object({
  /** Whether each answer begins with the next record of its set, which spreads clients over replicated servers. */
  ROTATE_ANSWERS: yesOrNo(true),
  /** What becomes of a query with RD for a zone below: its client is referred, or the servers below are asked for it. */
  RECURSION: z.enum(RECURSIONS).default('none'),
  /** How much later each answer goes, in milliseconds, as if this server were far away. */
  ANSWER_DELAY_MS: wholeNumber({ min: 0, max: DELAY_MS_MAX, default: 0 }),
});

export type Config = z.infer<typeof config>;
