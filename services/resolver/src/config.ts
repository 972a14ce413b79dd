import { z } from 'zod';
import { wholeNumber, wordList, yesOrNo } from '#shared/host/config.ts';
import { UDP_MODES, UDP_WORKERS_MAX } from '#shared/host/dns/open-udp.ts';
import { MODES } from './protocol/approach.ts';

/** What the local DNS server reads from its environment. Where the root is, it reads from its host's own folder. */
export const config = z.object({
  /** Bytes that the cache takes at most. */
  CACHE_BYTES: wholeNumber({ min: 0, max: 1_073_741_824, default: 8_388_608 }),
  /** Longest time that the cache keeps a record, in seconds, whatever its TTL. */
  CACHE_TTL_S_MAX: wholeNumber({ min: 0, max: 604_800, default: 86_400 }),
  /** Longest time that the cache keeps "no such name" and "no such data", in seconds. */
  CACHE_NEGATIVE_TTL_S_MAX: wholeNumber({ min: 0, max: 86_400, default: 3_600 }),
  /** How long after its TTL an answer may still be given when no server can be reached, in seconds; 0 for never (RFC 8767). */
  SERVE_STALE_S_MAX: wholeNumber({ min: 0, max: 259_200, default: 86_400 }),
  /**
   * Whether what is asked for often is asked for again before its TTL is over. Not by itself, as with Unbound: who watches
   * a TTL go down to 0 is to see that then, and not before, the servers are asked.
   */
  PREFETCH: yesOrNo(false),
  /** Whether a server is asked for no more of a name than it needs to know (RFC 9156). */
  MINIMISE_QNAME: yesOrNo(true),
  /** Whether upper and lower case of outgoing questions are mixed at random, against forged replies. */
  MIX_CASE: yesOrNo(true),
  /** How searches go about it: see protocol/approach.ts. */
  RESOLVER_MODE: z.enum(MODES, `give one of ${MODES.join(', ')}`).default('iterate'),
  /** The server that knows all names, for the mode `central`: its address, as the plan of addresses has it. */
  CENTRAL_SERVER: z.string().default('10.53.3.20'),
  /** Names in the server's certificate; where there are any, DNS is also served over TLS and over HTTPS. */
  TLS_NAMES: wordList(),
  /** How datagrams are received and sent: one by one, or many by one system call. */
  DNS_UDP: z.enum(UDP_MODES).default('plain'),
  /** Worker threads that repeat answers over UDP, for more cores; 0 for none. */
  DNS_WORKERS: wholeNumber({ min: 0, max: UDP_WORKERS_MAX, default: 0 }),
});

export type Config = z.infer<typeof config>;
