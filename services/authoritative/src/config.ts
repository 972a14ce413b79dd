import { z } from 'zod';
import { wholeNumber, yesOrNo } from '#shared/host/config.ts';
import { UDP_MODES, UDP_WORKERS_MAX } from '#shared/host/dns/open-udp.ts';
import { DELAY_MS_MAX, RECURSIONS } from './server/manner.ts';

/** What an authoritative server reads from its environment. Its zones are files of its host's own folder. */
export const config = z.object({
  /** Whether each answer begins with the next record of its set, which spreads clients over replicated servers. */
  ROTATE_ANSWERS: yesOrNo(true),
  /** What becomes of a query with RD for a zone below: its client is referred, or the servers below are asked for it. */
  RECURSION: z.enum(RECURSIONS).default('none'),
  /** How much later each answer goes, in milliseconds, as if this server were far away. */
  ANSWER_DELAY_MS: wholeNumber({ min: 0, max: DELAY_MS_MAX, default: 0 }),
  /** How datagrams are received and sent: one by one, or many by one system call. */
  DNS_UDP: z.enum(UDP_MODES).default('plain'),
  /** Worker threads that repeat answers over UDP, for more cores; 0 for none. */
  DNS_WORKERS: wholeNumber({ min: 0, max: UDP_WORKERS_MAX, default: 0 }),
  /** Answers of one kind that go over UDP to one network (the first 24 bits of an address) in a second; 0 is no limit. */
  RATE_LIMIT_PER_S: wholeNumber({ min: 0, max: 1_000_000, default: 200 }),
  /** Of the answers over that limit every so manieth goes truncated, so that its client comes over TCP; 0: none does. */
  RATE_LIMIT_SLIP: wholeNumber({ min: 0, max: 100, default: 2 }),
  /** Whether the limit holds for the hosts of the lab too, and not only for strangers. */
  RATE_LIMIT_LAB: yesOrNo(false),
});

export type Config = z.infer<typeof config>;
