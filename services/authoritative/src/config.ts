import { z } from 'zod';
import { yesOrNo } from '#shared/host/config.ts';

/** What an authoritative server reads from its environment. Its zones are files of its host's own folder. */
export const config = z.object({
  /** Whether each answer begins with the next record of its set, which spreads clients over replicated servers. */
  ROTATE_ANSWERS: yesOrNo(true),
});

export type Config = z.infer<typeof config>;
