import { z } from 'zod';
import { wholeNumber, wordList } from '#shared/host/config.ts';
import { CONTROL_PORT } from '#shared/host/control.ts';
import { parseSites, type Sites } from './protocol/surrogate.ts';

/** The names of the lab: what the auto-configuration file sends here. */
const LAB_ZONES = [
  ...[
    'someschool.edu',
    'umass.edu',
    'test.com',
    'enterprise.com',
    'amazon.com',
    'cnn.com',
    'foo.com',
    'networkutopia.com',
  ],
  ...['crepes.fr', 'hamburger.edu', 'google.com', 'hotmail.com', 'topdown.org'],
];

/** Ports as words; the control port of the lab's hosts is never one of them. */
function portList(otherwise: string) {
  const isPort = (word: string) => /^\d{1,5}$/.test(word) && Number(word) >= 1 && Number(word) <= 65_535;
  return wordList(otherwise)
    .refine((words) => words.every(isPort), 'give port numbers, separated by blanks')
    .transform((words) => words.map(Number))
    .refine((ports) => !ports.includes(CONTROL_PORT), `${CONTROL_PORT} is the control port of every host: take it out`);
}

/** Sites and their origins; null where there is none, and the proxy is a forward proxy. */
const siteList = wordList()
  .transform((words, context): Sites | null => {
    const sites = parseSites(words);
    if (typeof sites === 'string') {
      context.addIssue(`${sites}: give pairs like shop.example=www.amazon.com:80, separated by blanks`);
      return z.NEVER;
    }
    return sites.size === 0 ? null : sites;
  })
  .refine(
    (sites) => [...(sites?.values() ?? [])].every(({ port }) => port !== CONTROL_PORT),
    `${CONTROL_PORT} is the control port of every host: no site is there`,
  );

/** Threads that serve clients: more than a machine of a classroom has cores. */
const WORKERS_MAX = 16;

/** What the proxy reads from its environment. */
export const config = z.object({
  PROXY_PORT: wholeNumber({ min: 1, max: 65_535, default: 3128 }).refine(
    (port) => port !== CONTROL_PORT,
    `${CONTROL_PORT} is the control port of every host: take another one`,
  ),
  /** Names of the proxy: its own page is shown under them, and under its address. */
  PROXY_NAMES: wordList('proxy.someschool.edu localhost'),
  /** Reverse mode: the sites that are served here, each with its origin. */
  REVERSE: siteList,
  /** Ports of origins that requests may go to. */
  HTTP_PORTS: portList('80 443 8080'),
  /** Ports that CONNECT may lead to. */
  CONNECT_PORTS: portList('443'),
  /** `freshness`: RFC 9111. `always-revalidate`: the origin is asked about every copy each time. */
  CACHE_MODE: z.enum(['freshness', 'always-revalidate'], 'give freshness or always-revalidate').default('freshness'),
  /** Memory for stored responses, in octets. */
  CACHE_BYTES: wholeNumber({ min: 0, max: 1_073_741_824, default: 8_388_608 }),
  /** Disk for stored responses, in octets; 0: they are kept in memory alone. */
  DISK_BYTES: wholeNumber({ min: 0, max: 1_099_511_627_776, default: 268_435_456 }),
  /** Responses on the disk at most. */
  DISK_ENTRIES: wholeNumber({ min: 0, max: 4_000_000, default: 200_000 }),
  /** Threads that serve clients beside the main one; 0: it serves them itself. */
  WORKERS: wholeNumber({ min: 0, max: WORKERS_MAX, default: 0 }),
  /** Longest object that is stored, in octets; longer ones pass through. */
  OBJECT_BYTES: wholeNumber({ min: 0, max: 1_073_741_824, default: 67_108_864 }),
  /** Connections of clients at once. */
  CLIENT_CONNECTIONS: wholeNumber({ min: 16, max: 65_536, default: 16_384 }),
  /** How long a client may keep its connection without a request, in milliseconds. */
  CLIENT_IDLE_MS: wholeNumber({ min: 100, max: 3_600_000, default: 60_000 }),
  /** How long a connection to an origin may take to be made, in milliseconds. */
  ORIGIN_CONNECT_MS: wholeNumber({ min: 100, max: 60_000, default: 3_000 }),
  /** How long an origin or a tunnel may be silent, in milliseconds. */
  ORIGIN_SILENCE_MS: wholeNumber({ min: 100, max: 600_000, default: 30_000 }),
  /** Zones that /proxy.pac sends to this proxy; `*` for everything. */
  PAC_ZONES: wordList(LAB_ZONES.join(' ')).refine(
    (zones) => zones.every((zone) => zone === '*' || /^[a-z0-9.-]+$/.test(zone)),
    'give domain names in lower case, or *',
  ),
});

export type Config = z.infer<typeof config>;
